using System.Diagnostics;
using TaskQueue.Pipeline;

namespace TaskQueue.Telemetry;

/// <summary>
/// The one activity source, and how spans are named, tagged and connected. A process span is a child of its publication; that of a
/// scheduled task or of a later attempt is a new trace with a link to it, since a trace of hours or days helps nobody. A
/// singleton; thread-safe. Nothing is built when nobody listens.
/// </summary>
internal sealed class TaskTracing : IDisposable
{
    private readonly ActivitySource _source = new(TelemetryNames.Source);

    public bool HasListeners => _source.HasListeners();

    public Activity? StartPublish(PublishContext context) => StartProduce(context, TelemetryNames.Publish, TelemetryNames.Send);

    /// <summary>Of a task that is kept, to be sent later.</summary>
    public Activity? StartCreate(PublishContext context) => StartProduce(context, TelemetryNames.Create, TelemetryNames.Create);

    private Activity? StartProduce(PublishContext context, string operation, string operationType)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        var activity = _source.StartActivity($"{operation} {context.TaskType}", ActivityKind.Producer);
        if (activity is { IsAllDataRequested: true })
        {
            SetCommonTags(activity, context.Envelope, operation, operationType);
            activity.SetTag(TelemetryNames.Priority, context.Priority.ToString());
        }

        return activity;
    }

    public Activity? StartProcess(TaskContext context)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        var activity = Start(context.Envelope);
        if (activity is { IsAllDataRequested: true })
        {
            SetCommonTags(activity, context.Envelope, TelemetryNames.Process, TelemetryNames.Process);
            activity.SetTag(TelemetryNames.DestinationName, context.Queue);
            activity.SetTag(TelemetryNames.Attempt, context.Attempt);
        }

        return activity;
    }

    /// <summary>Writes the trace into the envelope: the publish span, or without one whatever the caller runs in.</summary>
    public static void Inject(TaskEnvelope envelope)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } current)
        {
            envelope.TraceParent = current.Id;
            envelope.TraceState = current.TraceStateString;
        }
    }

    public static void Fail(Activity activity, string errorType, Exception? error, string description)
    {
        activity.SetTag(TelemetryNames.ErrorType, errorType);
        activity.SetStatus(ActivityStatusCode.Error, description);
        if (error is not null)
        {
            activity.AddException(error);
        }
    }

    public void Dispose() => _source.Dispose();

    private Activity? Start(TaskEnvelope envelope)
    {
        var name = $"{TelemetryNames.Process} {envelope.TaskType}";
        if (!ActivityContext.TryParse(envelope.TraceParent, envelope.TraceState, isRemote: true, out var publication))
        {
            return _source.StartActivity(name, ActivityKind.Consumer);
        }

        if (envelope.DueAt is null && envelope.Attempt == 1)
        {
            return _source.StartActivity(name, ActivityKind.Consumer, publication);
        }

        // A default parent means "the current one"; a new root takes none at all.
        Activity.Current = null;
        return _source.StartActivity(name, ActivityKind.Consumer, parentContext: default, links: [new ActivityLink(publication)]);
    }

    private static void SetCommonTags(Activity activity, TaskEnvelope envelope, string operation, string operationType)
    {
        activity.SetTag(TelemetryNames.System, TelemetryNames.RabbitMq);
        activity.SetTag(TelemetryNames.OperationName, operation);
        activity.SetTag(TelemetryNames.OperationType, operationType);
        activity.SetTag(TelemetryNames.MessageId, envelope.TaskId);
        activity.SetTag(TelemetryNames.TaskType, envelope.TaskType);
        if (envelope.CorrelationId is { } correlationId)
        {
            activity.SetTag(TelemetryNames.ConversationId, correlationId);
        }
    }
}
