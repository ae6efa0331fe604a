using TaskQueue.Handlers;
using TaskQueue.Serialization;

namespace TaskQueue.Pipeline;

/// <summary>All that is known about one task type in this process, frozen at start (or, for a type that is only published, on first use).</summary>
internal sealed class TaskTypeModel
{
    /// <summary>The name on the wire.</summary>
    public required string Name { get; init; }

    public required Type ClrType { get; init; }

    public required TaskSettings Settings { get; init; }

    /// <summary>Where each setting came from, for <c>Describe()</c>: "Concurrency = 8 (default)".</summary>
    public required IReadOnlyList<SettingOrigin> Origins { get; init; }

    /// <summary>Reads, creates and calls; null in a process that only publishes the type.</summary>
    public required HandlerInvoker? Handler { get; init; }

    /// <summary>Writes tasks of this type that are known only as objects.</summary>
    public BodyWriter Body => field ??= BodyWriter.For(ClrType);

    /// <summary>Whether somebody chose the value of a setting, by code, configuration or attribute.</summary>
    public bool IsChosen(string setting) => Origins.Any(origin => origin.Name == setting && origin.Origin != SettingText.Default);
}

/// <summary>One line of <c>Describe()</c>.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Value">Its value, formatted.</param>
/// <param name="Origin">"code", "configuration", "attribute" or "default"; "in effect" for what follows from other settings.</param>
internal sealed record SettingOrigin(string Name, string Value, string Origin);
