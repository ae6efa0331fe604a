using System.Collections.Concurrent;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>A mixed load, in which every single task must be accounted for.</summary>
public sealed class LedgerTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Tasks = 3000;

    [Fact]
    public async Task Every_task_of_a_mixed_load_ends_exactly_once()
    {
        var completions = new ConcurrentDictionary<string, int>();
        await using var first = await StartAsync(completions);
        await using var second = await StartAsync(completions);
        for (var i = 0; i < Tasks; i += 300)
        {
            await Task.WhenAll(Enumerable.Range(i, 300).Select(number => PublishAsync(first.Publisher, number)));
        }

        var doomed = Enumerable.Range(0, Tasks).Where(IsDoomed).Select(Name).ToHashSet();
        await Eventually.TrueAsync(() => completions.Count >= Tasks - doomed.Count, $"{Tasks - doomed.Count} completions", TimeSpan.FromMinutes(2));
        await host.WaitForReadyAsync("tq.job.dead", (uint)doomed.Count(name => IsJob(Number(name))), TimeSpan.FromMinutes(1));
        await host.WaitForReadyAsync("tq.lane-job.dead", (uint)doomed.Count(name => !IsJob(Number(name))), TimeSpan.FromMinutes(1));
        await first.StopAsync();
        await second.StopAsync();

        Assert.All(completions, entry => Assert.Equal(1, entry.Value));
        Assert.Empty(completions.Keys.Intersect(doomed));
        Assert.Equal(Tasks - doomed.Count, completions.Count);
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
        foreach (var lane in new[] { "low", "normal", "high", "critical" })
        {
            Assert.Equal(0U, await host.CountReadyAsync($"tq.lane-job.{lane}"));
        }

        var dead = (await host.DrainAsync("tq.job.dead")).Concat(await host.DrainAsync("tq.lane-job.dead"));
        Assert.Equal(doomed.Order(), dead.Select(letter => letter.Properties.MessageId!).Order());
    }

    private static string Name(int number) => $"task-{number}";

    private static int Number(string name) => int.Parse(name.AsSpan("task-".Length), System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsJob(int number) => number % 2 == 0;

    private static bool IsDoomed(int number) => number % 31 == 0;

    private static bool FailsOnce(int number) => number % 7 == 0;

    private static async Task PublishAsync(ITaskPublisher publisher, int number)
    {
        var options = new PublishOptions
        {
            TaskId = Name(number),
            Priority = (number % 4) switch { 0 => TaskPriority.Low, 1 => TaskPriority.Normal, 2 => TaskPriority.High, _ => TaskPriority.Critical },
            Delay = number % 5 == 0 ? TimeSpan.FromMilliseconds(100 * (number % 20)) : null,
        };
        if (IsJob(number))
        {
            await publisher.PublishAsync(new Job(Name(number)), options);
        }
        else
        {
            await publisher.PublishAsync(new LaneJob(Name(number)), options);
        }
    }

    private Task<TestWorker> StartAsync(ConcurrentDictionary<string, int> completions) => TestWorker.StartAsync(
        host.AmqpUri,
        queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<LaneJobHandler>();
            queue.ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(3, TimeSpan.FromMilliseconds(100)));
            queue.ForTask<LaneJob>(task => (task.Priorities, task.Retry) = (PriorityMode.Lanes, RetryPolicy.Exponential(3, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1))));
        },
        async (run, context, token) =>
        {
            var number = Number(run.Name);
            await Task.Delay(number % 3, token);
            if (IsDoomed(number) || (FailsOnce(number) && context.Attempt == 1))
            {
                throw new InvalidOperationException("by the ledger");
            }

            completions.AddOrUpdate(run.Name, 1, (_, count) => count + 1);
        });
}
