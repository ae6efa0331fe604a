using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Asks the broker whether a key of the task exchange is bound, without the management plugin and without a task: by an empty mandatory message. The keys
/// <c>&lt;task type&gt;.probe</c> and <c>.elsewhere</c> lead to a queue that forgets it; whoever binds a work queue binds them as well. A delayed
/// task cannot find out by itself: it is routed only when it falls due, long after its publisher has gone. Only on the connection that publishes: during an
/// alarm the broker reads nothing any more from one that has.
/// </summary>
internal static class RouteProbe
{
    /// <returns>Whether the task type has a queue; false too where the task exchange does not exist. Who may not publish there finds out with the task itself,
    /// with the right error.</returns>
    public static async Task<bool> IsRoutedAsync(TopologyChannel channel, TopologyNames names, string taskType) =>
        await IsBoundAsync(channel, names, TopologyNames.ProbeKey(taskType)).ConfigureAwait(false) ?? true;

    /// <returns>Whether workers have bound queues of other names than the conventional one for it.</returns>
    public static async Task<bool> IsElsewhereAsync(TopologyChannel channel, TopologyNames names, string taskType) =>
        await IsBoundAsync(channel, names, TopologyNames.ElsewhereKey(taskType)).ConfigureAwait(false) ?? false;

    /// <returns>Whether somebody has declared that suspect queue, whose name is the key; it may be gone by now. Null where that cannot be asked.</returns>
    public static Task<bool?> HadSuspectsAsync(TopologyChannel channel, TopologyNames names, string suspectQueue) => IsBoundAsync(channel, names, suspectQueue);

    /// <returns>Null where the user may not ask, or the broker blocks publishers.</returns>
    private static async Task<bool?> IsBoundAsync(TopologyChannel channel, TopologyNames names, string key)
    {
        bool? bound = null;
        var refusal = channel.IsBlocked ? null : await channel.TryAsync(async (ch, token) =>
        {
            var asking = IsRoutedAsync(ch, names.TasksExchange, key, token).MayBeAbandoned();
            bound = await Task.WhenAny(asking, channel.WhenBlocked).ConfigureAwait(false) == asking ? await asking.ConfigureAwait(false) : null;
        }).ConfigureAwait(false);
        return refusal is { IsMissing: true } ? false : bound;
    }

    private static async Task<bool> IsRoutedAsync(IChannel channel, string exchange, string key, CancellationToken cancellationToken)
    {
        try
        {
            await channel.BasicPublishAsync(exchange, key, mandatory: true, new BasicProperties(), ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PublishException exception)
        {
            // A nack means that it was routed: the probe queue is full or has no leader.
            return !exception.IsReturn;
        }
    }
}
