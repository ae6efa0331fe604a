using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What is the same for all consumers of this worker.</summary>
internal sealed record ConsumerSettings(WorkerIdentity Worker, int? MaxConcurrency, TimeProvider Time, WorkerMonitor Health, ILogger Logger)
{
    private const int LongestTag = 255;

    /// <summary>For people who read the management UI; it need only be unique on its channel.</summary>
    public string TagOf(ConsumedQueue queue)
    {
        var tag = $"{Worker.Worker}/{queue.Name}";
        return Encoding.UTF8.GetByteCount(tag) <= LongestTag ? tag : queue.Name;
    }
}

/// <summary>A queue group with its slots, which outlive connections.</summary>
internal sealed record ConsumedGroup(QueueGroup Group, HandlerSlots Slots);
