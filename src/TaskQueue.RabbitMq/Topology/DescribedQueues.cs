using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Says which queues a task type has in effect: only here are the prefix, and the types that share a queue, known.</summary>
internal sealed class DescribedQueues(TaskModel model, RabbitMqOptions options) : IDescribedTaskType
{
    private const string Origin = "in effect";

    private readonly TopologyNames _names = new(options.Prefix);

    public IEnumerable<SettingOrigin> SettingsOf(TaskTypeModel type)
    {
        var layout = QueueLayout.Of(_names, model.Known).Single(candidate => candidate.TaskTypes.Contains(type));
        yield return new("Queues", SettingText.Of(layout.Queues), Origin);
        yield return new("Dead-letter queue", TopologyNames.DeadQueue(layout.WorkQueue), Origin);
    }
}
