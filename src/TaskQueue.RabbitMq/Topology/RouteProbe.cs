using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Asks the broker whether a task type has a queue, without the management plugin and without a task: an empty mandatory message with the key
/// <c>&lt;task type&gt;.probe</c>, which whoever binds a work queue binds as well (to a queue that forgets it). A delayed task cannot
/// find out by itself: it is routed only when it falls due, long after its publisher has gone.
/// </summary>
internal static class RouteProbe
{
    /// <returns>Whether it has one; false too where the task exchange does not exist.</returns>
    public static async Task<bool> IsRoutedAsync(TopologyChannel channel, TopologyNames names, string taskType)
    {
        var returned = false;
        var refusal = await channel.TryAsync(async (ch, token) =>
        {
            try
            {
                var key = TopologyNames.ProbeKey(taskType);
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
            // Who may not publish there finds out with the task itself, with the right error.
            _ => true,
        };
    }
}
