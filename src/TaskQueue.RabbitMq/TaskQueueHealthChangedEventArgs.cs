namespace TaskQueue;

/// <summary>What <see cref="TaskQueueHealth.Changed"/> tells.</summary>
public sealed class TaskQueueHealthChangedEventArgs : EventArgs
{
    internal TaskQueueHealthChangedEventArgs(TaskQueueHealthReport previous, TaskQueueHealthReport report)
    {
        Previous = previous;
        Report = report;
    }

    /// <summary>What was told the last time.</summary>
    public TaskQueueHealthReport Previous { get; }

    /// <summary>How it stands now.</summary>
    public TaskQueueHealthReport Report { get; }
}
