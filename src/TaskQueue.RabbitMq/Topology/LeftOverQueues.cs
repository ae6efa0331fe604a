using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Delays;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>A queue that took a worker's tasks before, and exists.</summary>
/// <param name="Layout">Where they go now.</param>
/// <param name="Queue">Its name.</param>
internal sealed record LeftOver(QueueLayout Layout, string Queue);

/// <summary>
/// The queues that took a worker's tasks before (the other priority mode's, former ones, the conventional one of a publisher that was first): as long as they
/// stay bound beside the present one, every task arrives twice. This finds those that exist; the worker then consumes them until they are deleted.
/// </summary>
internal sealed class LeftOverQueues(TopologyChannels channels, TopologyNames names, ILogger logger)
{
    /// <summary>Whether anybody has ever declared queues of other names than the conventional ones. Known once <see cref="FindAsync"/> has ended.</summary>
    public bool AreElsewhere { get; private set; }

    /// <summary>A question about a queue that does not exist costs a channel, and the broker a line in its log; and most of those that are possible, six for each task
    /// type, exist nowhere. Where nobody has ever declared any, one exchange is missing, which answers for them all.</summary>
    public async Task<IReadOnlyList<LeftOver>> FindAsync(IReadOnlyList<QueueLayout> layouts)
    {
        AreElsewhere = !await channels.LackAnyAsync([names.ElsewhereExchange], []).ConfigureAwait(false);
        var asked = layouts.Where(layout => AreElsewhere || layout.IsElsewhere || layout.HasFormerQueues);
        var found = await ExistingAsync(asked.SelectMany(layout => layout.LeftOvers(), (layout, queue) => new LeftOver(layout, queue))).ConfigureAwait(false);
        foreach (var leftOver in found)
        {
            Log.LeftOverQueueFound(logger, leftOver.Queue, leftOver.Layout.WorkQueue);
        }

        return found;
    }

    /// <summary>
    /// What has come since then: meanwhile a publisher may have found no queue and declared the conventional one. To be unbound once more,
    /// after the binding, since a worker of the former mode may have started as well.
    /// </summary>
    public Task<IReadOnlyList<LeftOver>> FindLateAsync(IEnumerable<QueueLayout> layouts) => ExistingAsync(ConventionalBeside(layouts));

    /// <summary>Whether there is a conventional queue beside others that nobody consumes: a publisher's. One that is consumed belongs to a worker, which drains it, or
    /// has moved the tasks there.</summary>
    public async Task<bool> AnyIsUnattendedAsync(IEnumerable<QueueLayout> layouts)
    {
        var unattended = 0;
        await channels.ForEachAsync(ConventionalBeside(layouts), (channel, leftOver) => channel.TryAsync(async (ch, token) =>
        {
            var found = await ch.QueueDeclarePassiveAsync(leftOver.Queue, token).ConfigureAwait(false);
            Interlocked.Add(ref unattended, found.ConsumerCount == 0 ? 1 : 0);
        })).ConfigureAwait(false);
        return unattended > 0;
    }

    /// <summary>The queues under each routing key that may still lead to them; null where there are none.</summary>
    public static ILookup<string, string>? ByKey(IReadOnlyCollection<LeftOver> leftOvers) =>
        leftOvers.Count == 0 ? null : leftOvers.SelectMany(leftOver => KeysOf(leftOver.Layout), (leftOver, key) => (Key: key, leftOver.Queue))
            .Distinct()
            .ToLookup(entry => entry.Key, entry => entry.Queue);

    private static IEnumerable<LeftOver> ConventionalBeside(IEnumerable<QueueLayout> layouts) =>
        layouts.SelectMany(layout => layout.ConventionalBeside(), (layout, queue) => new LeftOver(layout, queue));

    // Any other answer than "not found" is one about a queue that exists.
    private async Task<IReadOnlyList<LeftOver>> ExistingAsync(IEnumerable<LeftOver> possible)
    {
        var found = new ConcurrentBag<LeftOver>();
        await channels.ForEachAsync(possible, async (channel, leftOver) =>
        {
            if (await channel.FindQueueAsync(leftOver.Queue).ConfigureAwait(false) is not { IsMissing: true })
            {
                found.Add(leftOver);
            }
        }).ConfigureAwait(false);
        return [.. found];
    }

    private static IEnumerable<string> KeysOf(QueueLayout layout)
    {
        foreach (var type in layout.TaskTypes)
        {
            foreach (var priority in QueueLayout.Priorities)
            {
                var address = TopologyNames.Address(type.Name, priority);
                yield return address;
                yield return DelayLinePlan.DeliverPattern(address);
            }
        }
    }
}
