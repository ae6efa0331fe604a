using Microsoft.Extensions.Logging;
using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>Reports handlers that go on although their token was cancelled: a warning after a grace of 5 s, again each minute, and once
/// when they end. A singleton.</summary>
internal sealed class OverrunReporter(TaskMetrics metrics, ILogger<OverrunReporter> logger, TimeProvider time)
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public OverrunWatch Watch(TaskContext context) => new(context, this, time);

    public void StillRunning(TaskContext context, TimeSpan overrun, bool isFirst)
    {
        if (isFirst)
        {
            metrics.IgnoringCancellation(context.TaskType, 1);
        }

        Log.HandlerIgnoresCancellation(logger, context.TaskId, context.TaskType, context.Attempt, overrun.TotalSeconds);
    }

    public void Ended(TaskContext context, TimeSpan overrun)
    {
        metrics.IgnoringCancellation(context.TaskType, -1);
        Log.OverrunningHandlerEnded(logger, context.TaskId, context.TaskType, context.Attempt, overrun.TotalSeconds);
    }

    public void CallbackFailed(TaskContext context, Exception error) => Log.CancellationCallbackFailed(logger, error, context.TaskId, context.TaskType);
}
