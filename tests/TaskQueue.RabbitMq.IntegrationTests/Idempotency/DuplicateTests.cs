using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Idempotency;

/// <summary>Tasks that come twice, and have one effect.</summary>
public sealed class DuplicateTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Discarded = 2221;
    private const int PutOff = 2222;

    [Fact]
    public async Task A_task_that_is_published_twice_with_one_id_has_one_effect()
    {
        await using var worker = await StartAsync();
        var options = new PublishOptions { TaskId = $"twice-{Guid.CreateVersion7()}" };
        await worker.Publisher.PublishAsync(new Job("twice"), options);
        await worker.Publisher.PublishAsync(new Job("twice"), options);
        await WaitForAsync(worker, Discarded);

        Assert.Single(worker.Script.RunsOf("twice"));
        await worker.StopAsync();
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task A_duplicate_waits_while_the_first_one_runs_and_is_then_discarded()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var worker = await StartAsync((_, _, _) => end.Task);
        var options = new PublishOptions { TaskId = $"slow-{Guid.CreateVersion7()}" };
        await worker.Publisher.PublishAsync(new Job("slow"), options);
        await worker.Script.WaitForStartedAsync(1);
        await worker.Publisher.PublishAsync(new Job("slow"), options);

        // For longer than a lease: it is renewed.
        await WaitForAsync(worker, PutOff, count: 3);
        Assert.Single(worker.Script.Started);
        end.SetResult();
        await WaitForAsync(worker, Discarded);

        Assert.Single(worker.Script.Started);
    }

    [Fact]
    public async Task The_retry_of_a_failed_attempt_runs_and_a_duplicate_after_it_does_not()
    {
        await using var worker = await StartAsync((run, _, _) => run.Attempt == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask);
        var options = new PublishOptions { TaskId = $"again-{Guid.CreateVersion7()}" };
        await worker.Publisher.PublishAsync(new Job("again"), options);
        await worker.Script.WaitForEndedAsync(2);
        await worker.Publisher.PublishAsync(new Job("again"), options);
        await WaitForAsync(worker, Discarded);

        Assert.Equal([1, 2], worker.Script.RunsOf("again").Select(run => run.Attempt));
    }

    [Fact]
    public async Task A_redelivery_after_the_connection_was_lost_between_effect_and_acknowledgement_has_no_second_effect()
    {
        // Of its own: a publish whose confirm was cut off too leaves a copy, which is nobody else's.
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var worker = await StartAsync(
            (_, _, _) =>
            {
                proxy.Cut();
                return Task.CompletedTask;
            },
            own.AddressThrough(proxy));
        await worker.Publisher.PublishAsync(new Job("cut off"));
        await WaitForAsync(worker, Discarded);

        Assert.Single(worker.Script.RunsOf("cut off"));
    }

    [Fact]
    public async Task One_key_of_two_task_types_is_two_effects()
    {
        await using var worker = await StartAsync();
        var options = new PublishOptions { IdempotencyKey = $"key-{Guid.CreateVersion7()}" };
        await worker.Publisher.PublishAsync(new Job("job"), options);
        await worker.Publisher.PublishAsync(new Chore("chore"), options);
        await worker.Script.WaitForEndedAsync(2);

        Assert.Equal(["chore", "job"], worker.Script.Started.Select(run => run.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_key_may_be_longer_than_any_header_and_of_any_characters()
    {
        await using var worker = await StartAsync();
        var options = new PublishOptions { IdempotencyKey = $"{Guid.CreateVersion7()}\0\n{'\uD83D'}{new string('k', 200_000)}" };
        await worker.Publisher.PublishAsync(new Job("first"), options);
        await worker.Publisher.PublishAsync(new Job("second"), options);
        await WaitForAsync(worker, Discarded);

        Assert.Single(worker.Script.Started);
    }

    // The shortest lease: two deliveries that come at the same moment cost the second one as much.
    private Task<TestWorker> StartAsync(Func<Run, TaskContext, CancellationToken, Task>? part = null, Uri? address = null) => TestWorker.StartAsync(
        address ?? host.AmqpUri,
        queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
            queue.Idempotency.Lease = TimeSpan.FromSeconds(1);
            queue.ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(3, TimeSpan.FromMilliseconds(200)));
        },
        part);

    private static Task WaitForAsync(TestWorker worker, int line, int count = 1) =>
        Eventually.TrueAsync(() => worker.Logs.Count(logged => logged.Id.Id == line) >= count, $"{count} log line(s) {line}");
}
