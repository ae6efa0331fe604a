namespace TaskQueue;

/// <summary>Where the worker of this process stands.</summary>
public enum WorkerPhase
{
    /// <summary>This process consumes nothing: it has no handlers, or <see cref="WorkerOptions.Enabled"/> is false, or its host has not started.</summary>
    None,

    /// <summary>It connects, declares and begins to consume; also while it waits for a broker that was not there at its start, or that has refused it since.</summary>
    Starting,

    /// <summary>It consumes; single queues may have trouble all the same.</summary>
    Running,

    /// <summary>It takes no more tasks and lets running handlers finish.</summary>
    Stopping,

    /// <summary>It has stopped.</summary>
    Stopped,

    /// <summary>The broker refused it at its start (<see cref="TopologyException"/>, <see cref="BrokerAccessException"/>), which the host was told.</summary>
    Failed,
}
