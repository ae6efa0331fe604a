using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxBatchTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private readonly TestDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Many_tasks_are_written_by_one_statement_in_their_order_under_the_ids_of_their_receipts()
    {
        await using var process = await StartAsync();

        var receipts = await PublishAsync(process, Enumerable.Range(0, 300).Select(number => new Charge(number)));

        Assert.All(receipts, receipt => Assert.Equal("charge", receipt.TaskType));
        Assert.Equal(string.Join(' ', receipts.Select(receipt => receipt.TaskId)), await _database.ReadAsync<string>("SELECT string_agg(task_id, ' ' ORDER BY id) FROM taskqueue.outbox"));
        Assert.Equal(1, await _database.ReadAsync<long>("SELECT count(DISTINCT cmin::text) FROM taskqueue.outbox"));
        await using var worker = await OutboxProcess.StartAsync(_database.ConnectionString, broker.AmqpUri, queue => queue.AddHandler<ChargeHandler>());
        await Eventually.EqualAsync(300, () => worker.Handled.Ids.Count);
        Assert.Equal(receipts.Select(receipt => receipt.TaskId).Order(), worker.Handled.Ids.Order());
        Assert.Equal(Enumerable.Range(0, 300), worker.Handled.Runs.Select(run => ((Charge)run.Task).Number).Order());
    }

    [Fact]
    public async Task What_fails_is_listed_and_the_rest_is_published_if_the_transaction_commits_all_the_same()
    {
        await using var process = await StartAsync(queue =>
        {
            queue.Publisher.MaxBodyBytes = 1_000;
            queue.Use<RefuseAfterwards>();
        });
        BatchPublishException? error = null;

        await OutboxProcess.CommitAsync(_database.Source, async transaction =>
            error = await Assert.ThrowsAsync<BatchPublishException>(async () => await process.Outbox.PublishManyAsync(transaction, Tasks(), Token)));

        Assert.Equal([1, 3, 4, 6], error!.Failures.Select(failure => failure.Index));
        Assert.Collection(
            error.Failures,
            tooLarge => Assert.IsType<TaskTooLargeException>(tooLarge.Error),
            none => Assert.IsType<ArgumentNullException>(none.Error),
            refused => Assert.Equal("refused afterwards", refused.Error.Message),
            ended => Assert.Equal("no more", ended.Error.Message));
        Assert.Equal(3, error.Published.Count);
        Assert.Equal(string.Join(' ', error.Published.Select(receipt => receipt.TaskId)), await _database.ReadAsync<string>("SELECT string_agg(task_id, ' ' ORDER BY id) FROM taskqueue.outbox"));

        static IEnumerable<Charge> Tasks()
        {
            yield return new Charge(0);
            yield return new Charge(1, new string('x', 2_000));
            yield return new Charge(2);
            yield return null!;
            yield return new Charge(RefuseAfterwards.Number);
            yield return new Charge(5);
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public async Task The_options_hold_for_each_task_and_those_that_belong_to_one_are_refused()
    {
        await using var process = await StartAsync();
        await PublishAsync(process, [new Charge(1), new Charge(2)], new PublishOptions { Priority = TaskPriority.High });

        Assert.Equal(2, await _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox WHERE envelope ->> 'priority' = 'high' OR envelope ->> 'priority' = 'High'"));
        foreach (var options in new PublishOptions[] { new() { TaskId = "one" }, new() { IdempotencyKey = "one" }, new() { Unique = new UniqueOptions { Key = "one" } } })
            await Assert.ThrowsAsync<ArgumentException>(() => PublishAsync(process, [new Charge(3)], options));
        Assert.Empty(await PublishAsync(process, []));
        Assert.Equal(2, await _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox"));
    }

    [Fact]
    public async Task A_batch_that_is_large_is_written_in_parts_and_in_order()
    {
        await using var process = await StartAsync();

        var receipts = await PublishAsync(process, Enumerable.Range(0, 30).Select(number => new Charge(number, new string('x', 700_000))));

        Assert.Equal(string.Join(' ', receipts.Select(receipt => receipt.TaskId)), await _database.ReadAsync<string>("SELECT string_agg(task_id, ' ' ORDER BY id) FROM taskqueue.outbox"));
        Assert.Equal(2, await _database.ReadAsync<long>("SELECT count(DISTINCT cmin::text) FROM taskqueue.outbox"));
    }

    private Task<OutboxProcess> StartAsync(Action<TaskQueueBuilder>? configure = null) => OutboxProcess.StartAsync(_database.ConnectionString, broker: null, configure);

    private async Task<IReadOnlyList<OutboxReceipt>> PublishAsync(OutboxProcess process, IEnumerable<Charge> tasks, PublishOptions? options = null)
    {
        IReadOnlyList<OutboxReceipt> receipts = [];
        await OutboxProcess.CommitAsync(_database.Source, async transaction => receipts = await process.Outbox.PublishManyAsync(transaction, tasks, options, Token));
        return receipts;
    }

    private sealed class RefuseAfterwards : IPublishMiddleware
    {
        public const int Number = 4;

        public async ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
        {
            var receipt = await next(context, cancellationToken);
            return context.Payload is Charge { Number: Number } ? throw new InvalidOperationException("refused afterwards") : receipt;
        }
    }
}
