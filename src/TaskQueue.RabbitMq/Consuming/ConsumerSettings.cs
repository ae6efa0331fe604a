using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Retry;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What is the same for all consumers of this worker, over all its connections.</summary>
internal sealed record ConsumerSettings(WorkerIdentity Worker, int? MaxConcurrency, SurvivedLosses Losses, SuspectBell Bell, SuspectProbe Suspects, Randomness Randomness, TimeProvider Time, StopBudget Stop, WorkerMonitor Health, ILogger Logger)
{
    private const int LongestTag = 255;

    /// <summary>How long this process has to live before it takes suspects: where workers are killed again and again, for whatever reason, each new one would hold a
    /// suspect at its own end, and innocent tasks would be condemned by it.</summary>
    public TimeSpan SuspectsAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When this process began.</summary>
    public long Began { get; } = Time.GetTimestamp();

    /// <summary>Cancelled by the host when a shutdown's time is up. Never disposed: handlers may still hold its token, and without a timer it owns nothing.</summary>
    public CancellationTokenSource Shutdown { get; } = new();

    /// <summary>For people who read the management UI; it need only be unique on its channel.</summary>
    public string TagOf(ConsumedQueue queue)
    {
        var tag = $"{Worker.Worker}/{queue.Name}";
        return Encoding.UTF8.GetByteCount(tag) <= LongestTag ? tag : queue.Name;
    }
}
