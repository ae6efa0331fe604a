using TaskQueue;

namespace Snippets;

public sealed record ChargeCard([property: IdempotencyKey] string OrderId, decimal Amount);

public sealed record IndexDocument(Guid Id);

public sealed class PublishingPage(ITaskPublisher publisher)
{
    public async Task Simple(Guid id)
    {
        var receipt = await publisher.PublishAsync(new DeletePhoto(id));
        Console.WriteLine($"accepted as {receipt.TaskId}");
    }

    public async Task WithOptions(Guid id)
    {
        await publisher.PublishAsync(new DeletePhoto(id), new PublishOptions
        {
            Delay = TimeSpan.FromMinutes(30),
            Priority = TaskPriority.High,
            ExpiresAfter = TimeSpan.FromHours(6),
            IdempotencyKey = $"delete:{id}",
            CorrelationId = "album-7",
            Headers = new Dictionary<string, string> { ["tenant"] = "acme" },
        });
    }

    public async Task Unique(Guid id)
    {
        var receipt = await publisher.PublishAsync(new IndexDocument(id), new PublishOptions
        {
            Delay = TimeSpan.FromMinutes(2),
            Unique = new UniqueOptions { Key = $"index:{id}", Window = TimeSpan.FromHours(1), OnDuplicate = DuplicateAction.Replace },
        });
        Console.WriteLine(receipt.Outcome switch
        {
            PublishOutcome.Skipped => $"'{receipt.OtherTaskId}' does it already",
            PublishOutcome.Replaced => $"instead of '{receipt.OtherTaskId}'",
            _ => "accepted",
        });
    }

    public async Task Many(IEnumerable<Guid> ids)
    {
        try
        {
            await publisher.PublishManyAsync(ids.Select(id => new DeletePhoto(id)));
        }
        catch (BatchPublishException error)
        {
            foreach (var failure in error.Failures)
            {
                Console.WriteLine($"{failure.TaskObject}: {failure.Error.Message}");
            }
        }
    }

    public static void FailWhenBlocked(TaskQueueBuilder queue)
    {
        queue.Publisher.WhenBlocked = BlockedPublishMode.Fail;
    }

    public async Task UnknownOutcome(ChargeCard charge)
    {
        var options = new PublishOptions { TaskId = $"charge-{charge.OrderId}" };
        try
        {
            await publisher.PublishAsync(charge, options);
        }
        catch (TaskPublishException error) when (error.OutcomeUnknown)
        {
            await publisher.PublishAsync(charge, options);
        }
    }
}
