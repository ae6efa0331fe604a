namespace TaskQueue;

/// <summary>What is on the broker differs from what this process needs, and could not be declared. Every difference is listed with its cure.</summary>
public sealed class TopologyException : TaskQueueException
{
    internal TopologyException(string message, IReadOnlyList<string> differences, Exception? innerException = null)
        : base("topology", message, innerException) => Differences = differences;

    /// <summary>The differences, a sentence or two each: the entity, the argument, both values, the cure.</summary>
    public IReadOnlyList<string> Differences { get; }
}
