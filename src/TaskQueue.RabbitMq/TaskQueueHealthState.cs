namespace TaskQueue;

/// <summary>How well a process can do its part, as <see cref="TaskQueueHealthReport.State"/>; the worst of all its problems.</summary>
public enum TaskQueueHealthState
{
    /// <summary>Everything that this process needs is there. Also before anything was needed: a publisher that has not published yet has no
    /// connection (<see cref="BrokerConnectionState.Unused"/>) and cannot know.</summary>
    Healthy,

    /// <summary>Connected, but something stands still: RabbitMQ blocks publishes, a queue is not consumed, copies that settle tasks keep failing,
    /// or the worker is starting, stopping or stopped.</summary>
    Degraded,

    /// <summary>A connection that is needed is not there, or the worker has given up.</summary>
    Unhealthy,
}
