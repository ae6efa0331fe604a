using System.Diagnostics;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>How a worker stops when the broker no longer answers: whatever there is to close shares one budget.</summary>
public sealed class UnansweredDrainTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    /// <summary>For what is no waiting: this machine's other work.</summary>
    private static readonly TimeSpan Busyness = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task With_nothing_running_a_silent_broker_holds_up_the_stop_for_its_budget_and_no_longer()
    {
        using var proxy = host.StartProxy();
        var worker = await StartAsync(proxy);
        await worker.Publisher.PublishAsync(new Job("first"));
        await worker.Script.WaitForEndedAsync(1);
        proxy.Pause();
        var publishing = worker.Publisher.PublishAsync(new Job("never confirmed")).AsTask();

        await AssertStopsWithinAsync(StopBudget.Total, worker);
        await Assert.ThrowsAnyAsync<TaskPublishException>(() => publishing);
    }

    [Fact]
    public async Task With_handlers_that_do_not_end_a_silent_broker_adds_nothing_to_the_budget()
    {
        using var proxy = host.StartProxy();
        var release = new TaskCompletionSource();
        var worker = await StartAsync(proxy, (_, _, _) => release.Task);
        await worker.Publisher.PublishAsync(new Job("stubborn"));
        await worker.Script.WaitForStartedAsync(1);
        proxy.Pause();

        using var timeIsUp = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await AssertStopsWithinAsync(TimeSpan.FromSeconds(2) + StopBudget.Total, worker, timeIsUp.Token);
        release.SetResult();
    }

    [Fact]
    public async Task A_broker_that_is_gone_holds_up_nothing()
    {
        using var proxy = host.StartProxy();
        var worker = await StartAsync(proxy);
        await worker.Publisher.PublishAsync(new Job("first"));
        await worker.Script.WaitForEndedAsync(1);
        proxy.Stop();

        await AssertStopsWithinAsync(TimeSpan.Zero, worker);
    }

    private static async Task AssertStopsWithinAsync(TimeSpan time, TestWorker worker, CancellationToken timeIsUp = default)
    {
        var began = Stopwatch.GetTimestamp();
        await worker.StopAsync(timeIsUp);
        await worker.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, time + Busyness);
    }

    // More than one of everything, so that waiting for one after the other would show.
    private Task<TestWorker> StartAsync(TcpProxy proxy, Func<Run, TaskContext, CancellationToken, Task>? part = null) => TestWorker.StartAsync(
        host.AddressThrough(proxy),
        queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task => task.Priorities = PriorityMode.Lanes);
        },
        part);
}
