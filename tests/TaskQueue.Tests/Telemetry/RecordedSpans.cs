using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskQueue.Tests.Telemetry;

/// <summary>Listens to the framework's spans. Listeners see the whole process, so spans are asked for by task id.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    public RecordedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TaskQueueTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Of(string taskId, ActivityKind kind) =>
        _stopped.Single(activity => activity.Kind == kind && (string?)activity.GetTagItem("messaging.message.id") == taskId);

    public void Dispose() => _listener.Dispose();
}
