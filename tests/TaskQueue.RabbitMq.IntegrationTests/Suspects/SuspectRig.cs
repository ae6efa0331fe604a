using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>Tasks whose workers are lost: by channels that close over what they hold, or by workers that are cut off for good.</summary>
internal static class SuspectRig
{
    public const string JobSuspects = "tq.job.suspect";
    public const int Suspected = 2227;
    public const int NoSuspectQueue = 2228;

    public static async Task<TestWorker> StartAsync(
        Uri address,
        Func<Run, TaskContext, CancellationToken, Task> part,
        Action<TaskOptions>? job = null,
        Action<TaskQueueBuilder>? configure = null,
        Action<IServiceCollection>? services = null)
    {
        var worker = await TestWorker.StartAsync(
            address,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task =>
                {
                    task.Concurrency = 1;
                    task.Prefetch = 16;
                    task.Retry = RetryPolicy.Fixed(maxAttempts: 3, delay: TimeSpan.FromMilliseconds(100));
                    job?.Invoke(task);
                });
                configure?.Invoke(queue);
            },
            part,
            services);
        worker.ConsumersMayEnd = true;
        return worker;
    }

    public static async Task PublishAsync(VirtualHost host, params object[] tasks)
    {
        await using var publisher = await TestWorker.StartAsync(host.AmqpUri, _ => { });
        foreach (var task in tasks)
        {
            await (task is Job job ? publisher.Publisher.PublishAsync(job) : publisher.Publisher.PublishAsync((Chore)task));
        }
    }

    /// <summary>Each look ends with a channel that closes over what it holds, as that of a worker does that crashes.</summary>
    public static async Task LoseHoldersAsync(VirtualHost host, string queue, int times = 3)
    {
        var count = await host.CountReadyAsync(queue) ?? 0;
        for (var i = 0; i < times; i++)
        {
            await host.PeekAsync(queue);
            await host.WaitForReadyAsync(queue, count);
        }
    }

    /// <summary>A worker that moves the suspects among all jobs, runs the others but no suspect, and ends in peace: with the originals acknowledged.</summary>
    public static async Task MoveSuspectsAsync(VirtualHost host)
    {
        var count = (int?)await host.CountReadyAsync("tq.job");
        await using var worker = await StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask, services: services => TestWorker.TakeSuspectsAfter(TimeSpan.FromHours(1), services));
        await Eventually.EqualAsync(count, () => worker.Logs.Count(line => line.Id.Id == Suspected) + worker.Script.Ended.Count);
    }

    /// <summary>A worker that loses its connection while it runs the killer, and does not come back.</summary>
    /// <returns>What it ran.</returns>
    public static async Task<IReadOnlyCollection<Run>> LoseWorkerToAsync(VirtualHost host, string killer)
    {
        using var proxy = host.StartProxy();
        await using var worker = await StartAsync(host.AddressThrough(proxy), (run, _, token) => run.Name == killer ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
        await Eventually.TrueAsync(() => worker.Script.RunsOf(killer).Count > 0, $"'{killer}' to have started");
        proxy.Stop();
        await Eventually.EqualAsync<uint?>(0, () => host.CountConsumersAsync("tq.job"));
        await Eventually.TrueAsync(async () => await host.CountConsumersAsync(JobSuspects) is null or 0, "the suspects to have no consumer");
        return worker.Script.Started;
    }
}
