using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Asks the broker whether a key of the task exchange is bound, without the management plugin and without a task: by an empty mandatory message. The keys
/// <c>&lt;task type&gt;.probe</c> and <c>.elsewhere</c> lead to a queue that forgets it; whoever binds a work queue binds them as well. A delayed
/// task cannot find out by itself: it is routed only when it falls due, long after its publisher has gone.
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

    /// <returns>Whether somebody has declared that suspect queue, whose name is the key; it may be gone by now. Null where the user may not ask.</returns>
    public static Task<bool?> HadSuspectsAsync(TopologyChannel channel, TopologyNames names, string suspectQueue) => IsBoundAsync(channel, names, suspectQueue);

    /// <returns>Null where the user may not ask.</returns>
    private static async Task<bool?> IsBoundAsync(TopologyChannel channel, TopologyNames names, string key)
    {
        var returned = false;
        var refusal = await channel.TryAsync(async (ch, token) =>
        {
            try
            {
                await ch.BasicPublishAsync(names.TasksExchange, key, mandatory: true, new BasicProperties(), ReadOnlyMemory<byte>.Empty, token)
                    .ConfigureAwait(false);
            }
            catch (PublishException exception)
            {
                // A nack means that it was routed: the probe queue is full or has no leader.
                returned = exception.IsReturn;
            }
        }).ConfigureAwait(false);

        return refusal switch
        {
            null => !returned,
            { IsMissing: true } => false,
            _ => null,
        };
    }
}
