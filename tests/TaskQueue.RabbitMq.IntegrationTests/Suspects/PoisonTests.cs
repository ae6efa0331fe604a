using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>A task that takes its workers along ends among the dead letters, and nothing else does.</summary>
public sealed class PoisonTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task A_killer_is_dead_lettered_as_poison_and_the_innocents_beside_it_complete()
    {
        var before = Enumerable.Range(0, 6).Select(i => new Job($"before {i}"));
        var behind = Enumerable.Range(0, 6).Select(i => new Job($"behind {i}"));
        await SuspectRig.PublishAsync(host, [.. before, new Job("killer"), .. behind]);
        var runs = new List<Run>();

        // With the killer among the others.
        for (var lost = 1; lost <= 3; lost++)
        {
            runs.AddRange(await SuspectRig.LoseWorkerToAsync(host, "killer"));
        }

        await SuspectRig.MoveSuspectsAsync(host);

        // With the killer alone.
        for (var lost = 4; lost <= 5; lost++)
        {
            runs.AddRange(await SuspectRig.LoseWorkerToAsync(host, "killer"));
        }

        await using var last = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        var dead = await host.WaitForMessageAsync("tq.job.dead");
        await Eventually.EqualAsync(13, () => runs.Concat(last.Script.Ended).Select(run => run.Name).Distinct().Count());

        Assert.Equal(["tq.job", "tq.job", "tq.job", SuspectRig.JobSuspects, SuspectRig.JobSuspects], runs.Where(run => run.Name == "killer").Select(run => run.Queue));
        Assert.DoesNotContain(last.Script.Started, run => run.Name == "killer");
        Assert.Equal((DeadLetterReasons.Poison, 5), (dead.Header("tq-dead-reason"), dead.Header("tq-dead-crashes")));
        Assert.Equal((1L, SuspectRig.JobSuspects), (dead.Header("tq-dead-attempts"), dead.Header("tq-dead-queue")));
        var tooLong = host.Broker.ServerVersion < new Version(4, 3) ? ", or held it beyond the consumer timeout" : "";
        Assert.StartsWith($"5 workers were lost while they held this task{tooLong}, at last 2", (string?)dead.Header("tq-dead-error-message"), StringComparison.Ordinal);
        Assert.All(new[] { "tq-crashes", "tq-suspect-since", "tq-suspect-crashes", "x-delivery-count" }, name => Assert.Null(dead.Header(name)));
        Assert.Equal(0U, await host.CountReadyAsync("tq.job.dead"));
        await host.WaitForReadyAsync(SuspectRig.JobSuspects, 0);
    }
}
