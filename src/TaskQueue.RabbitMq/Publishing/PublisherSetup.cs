using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>What a publisher, its backlog and its channels share.</summary>
/// <param name="Window">The most messages in flight.</param>
/// <param name="MaxPropertiesBytes">The most bytes of encoded properties.</param>
/// <param name="WhenBlocked">Whether the broker's alarm is waited out.</param>
/// <param name="Names">The broker's names.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stop">How long the shutdown waits for confirms.</param>
internal sealed record PublisherSetup(int Window, int MaxPropertiesBytes, BlockedPublishMode WhenBlocked, TopologyNames Names, TimeProvider Time, StopBudget Stop)
{
    /// <summary>Guards all of their state.</summary>
    public Lock Gate { get; } = new();

    /// <summary>A timestamp of the clock, so far from now.</summary>
    public long DeadlineAfter(TimeSpan span) => Time.GetTimestamp() + (long)(span.TotalSeconds * Time.TimestampFrequency);
}
