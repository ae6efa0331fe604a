using RabbitMQ.Client;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>
/// Tells when nothing is left in a virtual host, in delay queues neither: then no task can end once more. What is ready is asked over AMQP, since
/// the management API's numbers of a quorum queue are seconds old; what is handed out or on its way from queue to queue is ready somewhere a moment
/// later, so two looks have to agree.
/// </summary>
internal static class EmptyQueues
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <param name="node">A node that is up.</param>
    /// <param name="virtualHost">The virtual host.</param>
    /// <param name="but">Queues whose names end so may hold what they like.</param>
    /// <param name="within">Deadline.</param>
    public static async Task WaitAsync(BrokerNode node, string virtualHost, string? but, TimeSpan within)
    {
        await using var connection = await new ConnectionFactory { Uri = FaultySite.AddressOf(node, virtualHost) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        for (var looks = 0; looks < 2; looks++)
        {
            await Eventually.PassesAsync(async () => Assert.Empty(await FindNonEmptyAsync(node, virtualHost, channel, but)), within);
            await FaultRun.PassTimeAsync(BetweenLooks);
        }
    }

    private static async Task<List<string>> FindNonEmptyAsync(BrokerNode node, string virtualHost, IChannel channel, string? but)
    {
        var found = new List<string>();
        var queues = await node.Management.GetQueuesAsync(virtualHost);

        // The management database may stay without figures from a node that has come back.
        var counts = queues.Any(queue => queue.Messages is null) ? await node.CountMessagesAsync(virtualHost) : null;
        foreach (var queue in queues)
        {
            if (but is not null && queue.Name.EndsWith(but, StringComparison.Ordinal))
            {
                continue;
            }

            var ready = (await channel.QueueDeclarePassiveAsync(queue.Name)).MessageCount;
            var all = counts is null ? queue.Messages : counts.GetValueOrDefault(queue.Name);
            if (ready > 0 || all is not 0)
            {
                found.Add($"'{queue.Name}' has {ready} ready messages, {all} in all");
            }
        }

        return found;
    }
}
