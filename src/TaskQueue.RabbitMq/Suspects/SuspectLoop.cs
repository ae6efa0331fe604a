using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// Runs this worker's suspects for one epoch, one at a time over all its queues: looks into the suspect queues in turn (<see cref="SuspectRounds"/>), consumes
/// the one that holds something, with a prefetch of one and the one slot that all of them share, and leaves it when nothing has come for a second, or
/// after its turn; all that from some seconds after the process's start on. So the worker never holds two suspects, and what a crash counts against is the one that ran. Never fails: what goes wrong is
/// logged, and that queue's turn comes again. Owned by the <see cref="WorkerEpoch"/>.
/// </summary>
/// <param name="epoch">The connection.</param>
/// <param name="queues">The suspect queues, each with its group, of one slot.</param>
/// <param name="settings">The worker's settings.</param>
/// <param name="adopt">Hands a consumer to the epoch, which drains it; completes when it is closed.</param>
internal sealed class SuspectLoop(ConnectionEpoch epoch, IReadOnlyList<ConsumedGroup> queues, ConsumerSettings settings, Func<QueueConsumer, Task> adopt)
{
    private static readonly TimeSpan IdleBeforeLeaving = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ConsumedGroup> _byQueue =
        queues.DistinctBy(group => group.Group.Queues[0].Name).ToDictionary(group => group.Group.Queues[0].Name, StringComparer.Ordinal);

    // Told once, until it goes well again: its turn comes every few seconds.
    private readonly HashSet<string> _troubled = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, epoch.Lost);
        var channel = new TopologyChannel(epoch, settings.Time);
        await using var _ = channel.ConfigureAwait(false);
        var rounds = new SuspectRounds(_byQueue.Keys, settings.Time);
        await WaitUntilSettledAsync(ending.Token).ConfigureAwait(false);
        while (!ending.IsCancellationRequested)
        {
            if (rounds.Next() is { } queue)
            {
                await VisitAsync(channel, rounds, queue, ending.Token).ConfigureAwait(false);
            }
            else
            {
                await SleepAsync(rounds.Pause(), ending.Token).ConfigureAwait(false);
            }

            while (settings.Bell.Take() is { } rung)
            {
                rounds.Ring(rung);
            }
        }
    }

    private async Task WaitUntilSettledAsync(CancellationToken ending)
    {
        var left = settings.SuspectsAfter - settings.Time.GetElapsedTime(settings.Began);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, settings.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SleepAsync(TimeSpan pause, CancellationToken ending)
    {
        using var alarm = new CancellationTokenSource(pause, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, ending);
        await settings.Bell.WhenRungAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task VisitAsync(TopologyChannel channel, SuspectRounds rounds, string queue, CancellationToken ending)
    {
        try
        {
            if (!rounds.Exists(queue) && !rounds.MayLook(queue, await settings.Suspects.WasDeclaredAsync(queue, ending).ConfigureAwait(false)))
            {
                rounds.Visited(queue, exists: null);
                return;
            }

            var ready = await CountReadyAsync(channel, queue).ConfigureAwait(false);
            if (ready > 0)
            {
                await ConsumeAsync(_byQueue[queue], ending).ConfigureAwait(false);
            }

            rounds.Visited(queue, ready is not null);
        }
        catch (Exception error)
        {
            rounds.Failed(queue);
            Report(queue, error.Message, ending);
        }
    }

    private void Report(string queue, string trouble, CancellationToken ending)
    {
        if (!ending.IsCancellationRequested && !epoch.Lost.IsCancellationRequested && _troubled.Add(queue))
        {
            Log.SuspectsNotConsumed(settings.Logger, queue, trouble);
        }
    }

    /// <returns>Null where the queue does not exist.</returns>
    /// <exception cref="BrokerAccessException">It may not be looked at (seen from RabbitMQ 4.3.1 on).</exception>
    private async Task<uint?> CountReadyAsync(TopologyChannel channel, string queue)
    {
        uint? ready = null;
        var refusal = await channel.TryAsync(async (ch, token) =>
        {
            var found = await ch.QueueDeclarePassiveAsync(queue, token).ConfigureAwait(false);
            ready = found.MessageCount;
        }).ConfigureAwait(false);
        if (refusal is { IsForbidden: true })
        {
            throw new BrokerAccessException(queue, refusal.Text, refusal.Cause);
        }

        _troubled.Remove(queue);
        return ready;
    }

    private async Task ConsumeAsync(ConsumedGroup group, CancellationToken ending)
    {
        // One of the connection before may still be running here, although the broker has taken it back.
        await group.Slots.WhenIdleAsync().WaitAsync(ending).ConfigureAwait(false);
        var consumer = await QueueConsumer.StartAsync(epoch, group, group.Group.Queues[0], settings, ending).ConfigureAwait(false);
        var closed = adopt(consumer);
        await UntilIdleAsync(consumer, ending).ConfigureAwait(false);
        await consumer.LeaveAsync().WaitAsync(ending).ConfigureAwait(false);
        await closed.WaitAsync(ending).ConfigureAwait(false);
    }

    private async Task UntilIdleAsync(QueueConsumer consumer, CancellationToken ending)
    {
        var began = settings.Time.GetTimestamp();
        ulong seen;
        do
        {
            seen = consumer.LastTag;
            await consumer.WhenEmptyAsync().WaitAsync(ending).ConfigureAwait(false);
            var idle = Task.Delay(IdleBeforeLeaving, settings.Time, ending);
            await (await Task.WhenAny(idle, consumer.Ended).ConfigureAwait(false)).ConfigureAwait(false);
        }
        while (consumer.LastTag != seen && !consumer.Ended.IsCompleted && settings.Time.GetElapsedTime(began) < LongestTurn);
    }
}
