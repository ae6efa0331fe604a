using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// How many copies may be unconfirmed at once: each holds its original, so never more than this worker's consumers hold together. With room for all of
/// them, copies to a queue that confirms nothing leave none of the others waiting for a place.
/// </summary>
internal static class CopyWindow
{
    /// <param name="least">What was chosen for publishes.</param>
    /// <param name="groups">All that the worker consumes.</param>
    public static int Of(int least, IReadOnlyList<QueueGroup> groups)
    {
        var held = groups.Sum(group => (long)group.Prefetch * group.Queues.Count);
        return (int)Math.Clamp(held + Suspects(groups), least, int.MaxValue / 2);
    }

    // They are taken one at a time, by one consumer for all queues.
    private static int Suspects(IReadOnlyList<QueueGroup> groups) => groups.Count > 0 ? 1 : 0;
}
