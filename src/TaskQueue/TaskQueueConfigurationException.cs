namespace TaskQueue;

/// <summary>The configuration has faults; the host does not start. Every fault is listed, each with its name, value, bound and cure.</summary>
public sealed class TaskQueueConfigurationException : TaskQueueException
{
    internal TaskQueueConfigurationException(IReadOnlyList<string> faults)
        : base("configuration", Describe(faults)) => Faults = faults;

    /// <summary>The faults, one sentence or two each.</summary>
    public IReadOnlyList<string> Faults { get; }

    private static string Describe(IReadOnlyList<string> faults) =>
        faults.Count == 1
            ? $"TaskQueue's configuration has a fault: {faults[0]}"
            : $"TaskQueue's configuration has {faults.Count} faults:{string.Concat(faults.Select((fault, i) => $"{Environment.NewLine}  {i + 1}. {fault}"))}";
}
