using System.Text;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>What this process consumes, and how much at once: <c>queue.Worker</c>, or the configuration section <c>TaskQueue:Worker</c>.</summary>
/// <remarks>In configuration, <c>Only:0…n</c> and <c>Except:0…n</c> list task types by their names; they add to what code says.</remarks>
public sealed class WorkerOptions
{
    private readonly Setting<bool> _enabled = new(nameof(Enabled), true);
    private readonly Setting<int?> _maxConcurrency = new(nameof(MaxConcurrency), null);
    private readonly Setting<string?> _name = new(nameof(Name), null);

    internal WorkerOptions()
    {
    }

    /// <summary>Whether this process consumes at all. Default true (where handlers are registered); false makes it a publisher only, as for
    /// a web front end that shares the worker's registrations.</summary>
    public bool Enabled { get => _enabled.Value; set => _enabled.SetInCode(value); }

    /// <summary>The most handlers running at once over all task types, 1 to 10,000. Default: no limit but each task type's own.</summary>
    public int? MaxConcurrency { get => _maxConcurrency.Value; set => _maxConcurrency.SetInCode(value); }

    /// <summary>The worker's name in consumer tags, connection names and dead letters; 1 to 100 bytes of UTF-8. Default: the machine's name
    /// and process id.</summary>
    public string? Name { get => _name.Value; set => _name.SetInCode(value); }

    internal HashSet<Type> OnlyTypes { get; } = [];

    internal HashSet<Type> ExceptTypes { get; } = [];

    internal HashSet<string> OnlyNames { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> ExceptNames { get; } = new(StringComparer.Ordinal);

    internal IEnumerable<SettingOrigin> Origins =>
        [_enabled.Origin, _maxConcurrency.Origin, _name.Origin, Selection("Only", OnlyTypes, OnlyNames), Selection("Except", ExceptTypes, ExceptNames)];

    /// <summary>Consumes this task type, and of the others only those named as well.</summary>
    /// <typeparam name="TTask">The task type.</typeparam>
    /// <returns>These options.</returns>
    public WorkerOptions Only<TTask>()
    {
        OnlyTypes.Add(typeof(TTask));
        return this;
    }

    /// <summary>Does not consume this task type.</summary>
    /// <typeparam name="TTask">The task type.</typeparam>
    /// <returns>These options.</returns>
    public WorkerOptions Except<TTask>()
    {
        ExceptTypes.Add(typeof(TTask));
        return this;
    }

    internal void Configure(SectionReader section)
    {
        _enabled.Configure(section.Flag(nameof(Enabled)));
        _maxConcurrency.Configure(section.Number(nameof(MaxConcurrency)));
        _name.Configure(section.Text(nameof(Name)));
        OnlyNames.UnionWith(section.List("Only"));
        ExceptNames.UnionWith(section.List("Except"));
    }

    internal void FindFaults(ICollection<string> faults)
    {
        RangeCheck.Check(faults, "'Worker.MaxConcurrency'", MaxConcurrency, 1, 10_000);
        if (Name is { } name && (string.IsNullOrWhiteSpace(name) || Encoding.UTF8.GetByteCount(name) > 100))
        {
            faults.Add($"'Worker.Name' is '{name}'; choose a name of 1 to 100 bytes, or leave it out (the machine's name and process id).");
        }
    }

    private static SettingOrigin Selection(string name, HashSet<Type> types, HashSet<string> names) =>
        new(name, SettingText.Of(types.Select(TypeText.Of).Concat(names)),
            types.Count > 0 ? SettingText.Code : names.Count > 0 ? SettingText.Configuration : SettingText.Default);
}
