using System.Collections;
using System.Diagnostics;

namespace TaskQueue.Telemetry;

/// <summary>What every log line of an attempt carries: task id, type, attempt, trace id. Read by logger providers as a list of pairs.</summary>
internal sealed class TaskLogScope(TaskContext context) : IReadOnlyList<KeyValuePair<string, object?>>
{
    // The scope may be formatted after the activity has ended.
    private readonly ActivityTraceId? _traceId = Activity.Current?.TraceId;

    public int Count => _traceId is null ? 3 : 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new(TelemetryNames.ScopeTaskId, context.TaskId),
        1 => new(TelemetryNames.ScopeTaskType, context.TaskType),
        2 => new(TelemetryNames.ScopeAttempt, context.Attempt),
        3 when _traceId is { } traceId => new(TelemetryNames.ScopeTraceId, traceId.ToHexString()),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"TaskId:{context.TaskId} TaskType:{context.TaskType} "
        + $"Attempt:{context.Attempt}{(_traceId is { } traceId ? $" TraceId:{traceId}" : "")}";
}
