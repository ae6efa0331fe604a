using System.Diagnostics;
using System.Globalization;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>How long after the fault's end things went on.</summary>
/// <param name="FirstConfirm">A publish that began at the fault's end, or after it, was confirmed.</param>
/// <param name="AllConsumers">Every worker had been given a task published since then from every work queue.</param>
internal sealed record Recovery(TimeSpan FirstConfirm, TimeSpan AllConsumers);

/// <summary>
/// Publishes one task to each work queue, again and again, until all are confirmed and every worker has started one from every queue. The probes are part
/// of the account. One call at a time.
/// </summary>
internal sealed class Probes(BookedPublisher publisher, Settings settings)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
    private readonly HashSet<string> _ids = [];
    private int _round;

    /// <param name="within">Gives up after this.</param>
    public async Task<Recovery> RunAsync(TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        _ids.Clear();
        var missing = ForEachWorkerAndQueue();
        var books = new BookReader(settings.Folder);
        var round = PublishRound(within);
        var first = Task.WhenAny(round).ContinueWith(_ => Stopwatch.GetElapsedTime(began), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        using var timer = new PeriodicTimer(LookEvery);
        while (!FindAll(missing, books.ReadNew()))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < within, $"Not handled within {within}: {string.Join(", ", missing)}. (books and logs: {settings.Folder})");
            await timer.WaitForNextTickAsync();
            round = round.TrueForAll(publish => publish.IsCompleted) ? PublishRound(within) : round;
        }

        var all = Stopwatch.GetElapsedTime(began);
        await Task.WhenAll(round);
        return new Recovery(await first, all);
    }

    private HashSet<string> ForEachWorkerAndQueue() =>
        [.. Enumerable.Range(0, LedgerHosts.Workers).SelectMany(worker => Registration.QueuesOf(settings).Select(queue => $"{LedgerHosts.WorkerName(worker)} {queue}"))];

    private bool FindAll(HashSet<string> missing, IEnumerable<Entry> news)
    {
        var started = news.Where(entry => entry.Event == Event.Started && _ids.Contains(entry.Id));
        missing.ExceptWith(started.Select(entry => $"{entry.Process} {entry.Queue}"));
        return missing.Count == 0;
    }

    private static IEnumerable<(ILedgerTask Task, PublishOptions Options)> ForEachQueue(int round)
    {
        yield return Probe(id => new PlainTask(id, Fate.Complete, ""), "plain", round);
        yield return Probe(id => new SlowTask(id, Fate.Complete, 1), "slow", round);
        yield return Probe(id => new SpareTask(id, Fate.Complete, 0), "spare", round);
        yield return Probe(id => new ScheduledTask(id, Fate.Complete, 0), "scheduled", round);
        foreach (var lane in Enum.GetValues<TaskPriority>())
        {
            yield return Probe(id => new LanedTask(id, Fate.Complete, []), $"{lane}", round, lane);
        }
    }

    private static (ILedgerTask Task, PublishOptions Options) Probe(Func<string, ILedgerTask> create, string queue, int round, TaskPriority priority = TaskPriority.Critical)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"probe-{round}-{queue}");
        return (create(id), new PublishOptions { TaskId = id, Priority = priority });
    }

    private List<Task> PublishRound(TimeSpan within)
    {
        var probes = ForEachQueue(++_round).ToList();
        _ids.UnionWith(probes.Select(probe => probe.Task.Id));
        return [.. probes.Select(probe => PublishAsync(probe.Task, probe.Options, within))];
    }

    // One that fails is sent again: what is asked is when it goes through.
    private async Task PublishAsync(ILedgerTask task, PublishOptions options, TimeSpan within)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await publisher.PublishAsync(task, options);
                return;
            }
            catch (TaskPublishException) when (Stopwatch.GetElapsedTime(began) < within)
            {
                // Once more.
            }
        }
    }
}
