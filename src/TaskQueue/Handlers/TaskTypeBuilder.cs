using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Polly;
using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>
/// Makes the model of one task type: its name, its merged settings, its invoker, with all faults of these. The model builder uses it
/// for the types known at start; publishing uses it, from many threads, for types met later. Names are given once per process.
/// </summary>
internal sealed class TaskTypeBuilder(TaskQueueBuilder queue, ProcessOptions process)
{
    private readonly IConfigurationSection? _tasks = process.Root?.GetSection("Tasks");
    private readonly ConcurrentDictionary<string, Type> _owners = new(StringComparer.Ordinal);

    /// <summary>The model of a type that is only published, met on its first publish.</summary>
    /// <exception cref="TaskQueueConfigurationException">It has faults.</exception>
    public TaskTypeModel BuildPublishOnly(Type clrType)
    {
        var faults = new List<string>();
        var model = Build(clrType, handlerType: null, faults);
        if (model is not null && ShapeCheck.FindFaultOf(model) is { } shape)
        {
            faults.Add(shape);
        }

        return model is not null && faults.Count == 0 ? model : throw new TaskQueueConfigurationException([.. faults.Distinct()]);
    }

    /// <summary>The model, or null where the faults leave nothing to build from. Whether its serializer can write the type is left to <see cref="ShapeCheck"/>.</summary>
    public TaskTypeModel? Build(Type clrType, Type? handlerType, ICollection<string> faults)
    {
        if (TaskShape.FindFault(clrType) is { } shape)
        {
            faults.Add(shape);
            return null;
        }

        if (TakeName(clrType, faults) is not { } name)
        {
            return null;
        }

        var merge = new TaskSettingsMerge(name, Layers(clrType, name, faults), queue.Middleware, faults);
        var settings = merge.Merge();
        CheckResilience(name, settings.Resilience, faults);
        return new TaskTypeModel
        {
            Name = name,
            ClrType = clrType,
            Settings = settings,
            Origins = merge.Origins,
            Handler = handlerType is null ? null : CreateInvoker(clrType, handlerType),
        };
    }

    private string? TakeName(Type clrType, ICollection<string> faults)
    {
        var given = TaskTypeName.Given(clrType);
        var name = given ?? TaskTypeName.ByConvention(clrType.Name);
        if (given is null && clrType.IsGenericType)
        {
            faults.Add($"The task type '{TypeText.Of(clrType)}' has no name by convention, because it is generic. "
                + "Wrap it in a record of its own, or derive one and give it [TaskType(\"…\")].");
            return null;
        }

        if (TaskTypeName.FindFault(name) is { } wrong)
        {
            faults.Add($"The name '{name}' of the task type '{TypeText.Of(clrType)}' is invalid: {wrong}. "
                + $"Give the type {(given is null ? "a name with" : "another name in")} [TaskType(\"…\")].");
            return null;
        }

        var owner = _owners.GetOrAdd(name, clrType);
        if (owner != clrType)
        {
            faults.Add($"The task types '{owner.FullName}' and '{clrType.FullName}' have the same name '{name}'; a name belongs to one type. "
                + "Give one of them another name with [TaskType(\"…\")].");
            return null;
        }

        return name;
    }

    private List<(string Origin, TaskSettingsLayer Layer)> Layers(Type clrType, string name, ICollection<string> faults)
    {
        var layers = new List<(string, TaskSettingsLayer)>();
        if (queue.Tasks.TryGetValue(clrType, out var options))
        {
            layers.Add((SettingText.Code, options.Layer));
        }

        if (_tasks?.GetSection(name) is { } section && section.Exists())
        {
            layers.Add((SettingText.Configuration, TaskConfiguration.Read(new SectionReader(section, faults), faults)));
        }

        layers.Add((SettingText.Attribute, Attributes(clrType, faults)));
        layers.Add((SettingText.CodeForAll, new TaskSettingsLayer { Idempotency = queue.Idempotency.Layer }));
        layers.Add((SettingText.ConfigurationForAll, new TaskSettingsLayer { Idempotency = process.Idempotency }));
        return layers;
    }

    private static TaskSettingsLayer Attributes(Type clrType, ICollection<string> faults) => new()
    {
        Queue = (Attribute.GetCustomAttribute(clrType, typeof(QueueAttribute), inherit: false) as QueueAttribute)?.Name,
        IdempotencyKey = IdempotencyKeyReader.Create(clrType, faults),
    };

    // Polly checks what it is given at once. Nothing is built: a pipeline's parts, such as a breaker's state provider, serve one pipeline.
    private static void CheckResilience(string name, Action<ResiliencePipelineBuilder>? configure, ICollection<string> faults)
    {
        try
        {
            configure?.Invoke(new ResiliencePipelineBuilder());
        }
        catch (Exception e)
        {
            faults.Add($"'Resilience' of the task type '{name}' cannot be built: {e.Message} Correct the options in 'task.Resilience(…)'.");
        }
    }

    private static HandlerInvoker CreateInvoker(Type task, Type handler) =>
        (HandlerInvoker)Activator.CreateInstance(typeof(HandlerInvoker<,>).MakeGenericType(task, handler))!;
}
