using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>Connections that are lost under workers that live on.</summary>
public sealed class SurvivalTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task Losses_that_its_worker_survived_are_not_held_against_a_task()
    {
        const int Losses = 10;
        var runs = 0;
        using var proxy = host.StartProxy();
        await using var worker = await SuspectRig.StartAsync(
            host.AddressThrough(proxy),
            (_, _, token) => Interlocked.Increment(ref runs) <= Losses ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask,
            task => task.Idempotency.Enabled = false);
        await worker.Publisher.PublishAsync(new Job("long"));
        for (var lost = 1; lost <= Losses; lost++)
        {
            await worker.Script.WaitForStartedAsync(lost);
            proxy.Cut();
        }

        await worker.Script.WaitForEndedAsync(Losses + 1);
        await worker.Publisher.PublishAsync(new Job("behind it"));
        await worker.Script.WaitForEndedAsync(Losses + 2);
        Assert.Equal([.. Enumerable.Repeat("long", Losses + 1), "behind it"], worker.Script.Started.Select(run => run.Name));
        Assert.All(worker.Script.Started, run => Assert.Equal(("tq.job", 1), (run.Queue, run.Attempt)));
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == SuspectRig.Suspected);
        Assert.Equal(0U, await host.CountReadyAsync("tq.job.dead"));
    }

    [Fact]
    public async Task A_suspect_whose_connection_is_lost_is_not_poison()
    {
        const int Losses = 4;
        var runs = 0;
        await SuspectRig.PublishAsync(host, new Job("unlucky"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        using var proxy = host.StartProxy();
        await using var worker = await SuspectRig.StartAsync(
            host.AddressThrough(proxy),
            (_, _, token) => Interlocked.Increment(ref runs) <= Losses ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
        for (var lost = 1; lost <= Losses; lost++)
        {
            await worker.Script.WaitForStartedAsync(lost);
            proxy.Cut();
        }

        await worker.Script.WaitForEndedAsync(Losses + 1);
        Assert.All(worker.Script.Started, run => Assert.Equal(SuspectRig.JobSuspects, run.Queue));
        Assert.Equal(0U, await host.CountReadyAsync("tq.job.dead"));
    }

    [Fact]
    public async Task A_handler_that_opts_out_outlives_its_connection_but_not_the_shutdown()
    {
        var first = new TaskCompletionSource<CancellationToken>();
        using var proxy = host.StartProxy();
        await using var worker = await SuspectRig.StartAsync(
            host.AddressThrough(proxy),
            async (_, _, token) =>
            {
                if (first.TrySetResult(token))
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
            },
            task =>
            {
                task.Concurrency = 2;
                task.CancelOnConnectionLoss = false;
                task.Idempotency.Enabled = false;
            });
        await worker.Publisher.PublishAsync(new Job("stubborn"));
        var token = await first.Task;
        proxy.Cut();

        // It comes again, beside the run that goes on.
        await worker.Script.WaitForEndedAsync(1);
        Assert.Equal(2, worker.Script.MostAtOnce);
        Assert.False(token.IsCancellationRequested);

        await worker.StopAsync(new CancellationToken(canceled: true));
        Assert.True(token.IsCancellationRequested);
        await worker.Script.WaitForEndedAsync(2);
    }
}
