namespace TaskQueue;

/// <summary>How this process stands with RabbitMQ at one moment. Immutable.</summary>
public sealed record TaskQueueHealthReport
{
    internal TaskQueueHealthReport(ConnectionHealth publish, ConnectionHealth consume, SettlingHealth settling)
    {
        Publish = publish;
        Consume = consume;
        Settling = settling;
    }

    /// <summary>The worst of all <see cref="Problems"/>; <see cref="TaskQueueHealthState.Healthy"/> without any.</summary>
    public TaskQueueHealthState State { get; internal init; }

    /// <summary>When this was so, UTC.</summary>
    public DateTimeOffset At { get; internal init; }

    /// <summary>What stands still, since when and why, a sentence each, the worst first; empty when healthy.</summary>
    public IReadOnlyList<string> Problems { get; internal init; } = [];

    /// <summary>The connection for publishing, which the worker's retries and dead letters use as well.</summary>
    public ConnectionHealth Publish { get; }

    /// <summary>The connection for consuming.</summary>
    public ConnectionHealth Consume { get; }

    /// <summary>Where the worker stands.</summary>
    public WorkerPhase Worker { get; internal init; }

    /// <summary>Since when it stands there, UTC.</summary>
    public DateTimeOffset WorkerSince { get; internal init; }

    /// <summary>The queues that this worker consumes, or should, by name; empty in a process that only publishes.</summary>
    public IReadOnlyList<QueueHealth> Queues { get; internal init; } = [];

    /// <summary>The copies that settle tasks.</summary>
    public SettlingHealth Settling { get; }

    /// <summary>The last thing that went wrong anywhere here, over or not; null when nothing ever did.</summary>
    public HealthError? LastError { get; internal init; }
}
