using System.Diagnostics;
using System.Globalization;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>How long after the fault's end things went on.</summary>
/// <param name="FirstConfirm">A publish that began at the fault's end, or after it, was confirmed.</param>
/// <param name="AllConsumers">A task published since then had been handled from every work queue.</param>
internal sealed record Recovery(TimeSpan FirstConfirm, TimeSpan AllConsumers);

/// <summary>Publishes one task to each work queue, and waits until each is confirmed and handled. The probes are part of the account.</summary>
internal sealed class Probes(BookedPublisher publisher, string folder)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
    private int _round;

    /// <param name="within">Gives up after this.</param>
    public async Task<Recovery> RunAsync(TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        var round = ++_round;
        var publishes = ForEachQueue(round).Select(probe => PublishAsync(probe.Task, probe.Options, within)).ToList();
        var handled = WaitUntilHandledAsync(ForEachQueue(round).Select(probe => probe.Task.Id).ToHashSet(), within);
        await await Task.WhenAny(publishes);
        var firstConfirm = Stopwatch.GetElapsedTime(began);
        await Task.WhenAll(publishes);
        await handled;
        return new Recovery(firstConfirm, Stopwatch.GetElapsedTime(began));
    }

    private static IEnumerable<(ILedgerTask Task, PublishOptions Options)> ForEachQueue(int round)
    {
        yield return Probe(id => new PlainTask(id, Fate.Complete, ""), "plain", round);
        yield return Probe(id => new SlowTask(id, Fate.Complete, 1), "slow", round);
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

    private async Task WaitUntilHandledAsync(HashSet<string> waiting, TimeSpan within)
    {
        var books = new BookReader(folder);
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(LookEvery);
        while (waiting.Count > 0)
        {
            waiting.ExceptWith(books.ReadNew().Where(entry => entry.Event == Event.Completed).Select(entry => entry.Id));
            Assert.True(Stopwatch.GetElapsedTime(began) < within, $"Not handled within {within}: {string.Join(", ", waiting)}. (books and logs: {folder})");
            await timer.WaitForNextTickAsync();
        }
    }
}
