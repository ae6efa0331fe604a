namespace TaskQueue.RabbitMq.Publishing;

/// <summary>What a publisher, its backlog and its channels share.</summary>
/// <param name="Gate">Guards all of their state.</param>
/// <param name="Window">The most messages in flight.</param>
/// <param name="MaxPropertiesBytes">The most bytes of encoded properties.</param>
/// <param name="Time">The clock.</param>
internal sealed record PublisherSetup(Lock Gate, int Window, int MaxPropertiesBytes, TimeProvider Time)
{
    /// <summary>A timestamp of the clock, so far from now.</summary>
    public long DeadlineAfter(TimeSpan span) => Time.GetTimestamp() + (long)(span.TotalSeconds * Time.TimestampFrequency);
}
