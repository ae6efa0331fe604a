using System.Text;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>Prints the whole configuration of this process, each value with its origin. A singleton; inject it, or ask the services for it.</summary>
public sealed class TaskQueueDescription
{
    private readonly TaskModel _model;
    private readonly ProcessOptions _options;
    private readonly IEnumerable<IDescribedOptions> _others;
    private readonly IEnumerable<IDescribedTaskType> _derived;
    private readonly ConsumePipeline _pipeline;

    internal TaskQueueDescription(
        TaskModel model,
        ProcessOptions options,
        IEnumerable<IDescribedOptions> others,
        IEnumerable<IDescribedTaskType> derived,
        ConsumePipeline pipeline)
    {
        _others = others;
        _derived = derived;
        _model = model;
        _options = options;
        _pipeline = pipeline;
    }

    /// <summary>Every task type met so far, the worker, the publisher and the broker: each setting with its value and where it came from
    /// (code, configuration, attribute or default), the queues in effect, and the steps that each delivery goes through.</summary>
    /// <returns>Text of many lines, for people.</returns>
    public string Describe()
    {
        var text = new StringBuilder();
        Section(text, "Worker", _options.Worker.Origins);
        Section(text, "Publisher", _options.Publisher.Origins);
        foreach (var other in _others)
        {
            Section(text, other.Title, other.Settings);
        }

        foreach (var type in _model.Known.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            var title = $"Task type '{type.Name}' ({type.ClrType.FullName}), {Use(type)}";
            Section(text, title, type.Origins.Concat(_derived.SelectMany(other => other.SettingsOf(type))));
            Steps(text, type);
        }

        return text.ToString();
    }

    private string Use(TaskTypeModel type) => type.Handler switch
    {
        null => "published only",
        { HandlerType: var handler } when _model.Consumed.Contains(type) => $"handled by {handler.FullName}",
        { HandlerType: var handler } => $"not consumed here, though handled by {handler.FullName}",
    };

    private void Steps(StringBuilder text, TaskTypeModel type)
    {
        if (type.Handler is not null)
        {
            text.AppendLine("  Each delivery goes through").AppendLine(_pipeline.Describe(type).ReplaceLineEndings($"{Environment.NewLine}    ").Insert(0, "    "));
        }
    }

    private static void Section(StringBuilder text, string title, IEnumerable<SettingOrigin> settings)
    {
        text.AppendLine(title);
        foreach (var setting in settings)
        {
            text.AppendLine($"  {setting.Name} = {setting.Value} ({setting.Origin})");
        }
    }
}
