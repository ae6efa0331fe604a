using Microsoft.Extensions.Configuration;

namespace TaskQueue.Handlers;

/// <summary>
/// Applies the sections <c>TaskQueue:Worker</c> and <c>TaskQueue:Publisher</c> below what code has set, and reads <c>TaskQueue:Idempotency</c>, once, when the first of its users is
/// created. It never throws: its faults are reported with all others when the model is built.
/// </summary>
internal sealed class ProcessOptions
{
    private readonly List<string> _faults = [];

    public ProcessOptions(TaskQueueBuilder queue, IConfigurationSection? root)
    {
        Root = root;
        Worker = queue.Worker;
        Publisher = queue.Publisher;
        Apply(nameof(TaskQueueBuilder.Worker), Worker.Configure);
        Apply(nameof(TaskQueueBuilder.Publisher), Publisher.Configure);
        Worker.FindFaults(_faults);
        Publisher.FindFaults(_faults);
        Idempotency = root?.GetSection(IdempotencyLayer.Section) is { } section && section.Exists() ? IdempotencyLayer.Read(new SectionReader(section, _faults)) : new();
        Idempotency.FindFaults(_faults);
        queue.Idempotency.Layer.FindFaults(_faults);
    }

    /// <summary>The section <c>TaskQueue</c>, or null where the application has no configuration.</summary>
    public IConfigurationSection? Root { get; }

    public WorkerOptions Worker { get; }

    public PublisherOptions Publisher { get; }

    /// <summary>What configuration says for all task types; code's word is in the builder.</summary>
    public IdempotencyLayer Idempotency { get; }

    public IReadOnlyList<string> Faults => _faults;

    private void Apply(string key, Action<SectionReader> configure)
    {
        if (Root?.GetSection(key) is { } section && section.Exists())
        {
            var reader = new SectionReader(section, _faults);
            configure(reader);
            reader.ReportUnknown();
        }
    }
}
