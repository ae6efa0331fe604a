namespace TaskQueue.Tests.StoreSuites;

/// <summary>A machine's clock as an operator sets it. Its monotonic part, by which timers run, goes on as it did.</summary>
/// <param name="offset">How far it is ahead.</param>
public sealed class SetClock(TimeSpan offset) : TimeProvider
{
    /// <summary>How far it is ahead.</summary>
    public TimeSpan Offset { get; set; } = offset;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
