using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// How long the broker lets a consumer hold a message (consumer argument <c>x-consumer-timeout</c>, RabbitMQ 4.3 and later; older ones refuse
/// or ignore it). The broker counts from the hand-out, so that waiting in the prefetch is included: max(30 min, (⌈held / concurrency⌉ + 1) ×
/// timeout + 1 min), and 24 h without a timeout; or what was chosen (<see cref="TaskOptions.ConsumerTimeout"/>).
/// </summary>
internal static class ConsumerTimeout
{
    public const string Argument = "x-consumer-timeout";

    /// <summary>The broker's own.</summary>
    public static readonly TimeSpan BrokersDefault = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WithoutTimeout = TimeSpan.FromHours(24);

    /// <param name="broker">The broker's version.</param>
    /// <param name="group">The group; all its queues hold their prefetch and share its slots; left-over ones are empty soon and do not count.</param>
    /// <param name="maxConcurrency">The process-wide limit, if there is one.</param>
    /// <returns>The arguments for basic.consume, or null for none.</returns>
    public static Dictionary<string, object?>? Arguments(Version broker, QueueGroup group, int? maxConcurrency) =>
        Asked(broker, group, maxConcurrency) is { } asked ? new Dictionary<string, object?> { [Argument] = (long)asked.TotalMilliseconds } : null;

    /// <summary>What the arguments ask for; null for nothing.</summary>
    public static TimeSpan? Asked(Version broker, QueueGroup group, int? maxConcurrency) =>
        broker < BrokerVersions.HasConsumerTimeout ? null : Of(group, maxConcurrency);

    public static TimeSpan Of(QueueGroup group, int? maxConcurrency)
    {
        if (group.ConsumerTimeout is { } chosen)
        {
            return chosen;
        }

        if (group.Timeout == Timeout.InfiniteTimeSpan)
        {
            return WithoutTimeout;
        }

        var atOnce = Math.Min(group.Concurrency, maxConcurrency ?? int.MaxValue);
        var held = group.Prefetch * group.Queues.Count(queue => !queue.Optional);
        var rounds = (held + atOnce - 1) / atOnce;
        var whole = ((rounds + 1) * group.Timeout) + Slack;
        return whole > BrokersDefault ? whole : BrokersDefault;
    }
}
