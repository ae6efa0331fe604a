using System.Diagnostics;
using System.Diagnostics.Metrics;
using TaskQueue.Pipeline;

namespace TaskQueue.Telemetry;

/// <summary>
/// The one meter and its instruments. Each method first asks whether anybody listens, so that an unobserved process builds no tags.
/// The pipelines report what they see; how a delivery ended is counted by whoever settles it (<see cref="Settled"/>), once it is
/// settled. A singleton; thread-safe.
/// </summary>
internal sealed class TaskMetrics : IDisposable
{
    // The boundaries that OpenTelemetry's messaging conventions advise, with longer ones for work and waits.
    private static readonly InstrumentAdvice<double> Calls =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };
    private static readonly InstrumentAdvice<double> Work =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] };
    private static readonly InstrumentAdvice<int> Counts = new() { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 7, 10, 15, 20, 50, 100] };

    private readonly Meter? _ownMeter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _operationDuration;
    private readonly Histogram<double> _processDuration;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _tasks;
    private readonly Histogram<int> _attempts;
    private readonly UpDownCounter<long> _inFlight;
    private readonly UpDownCounter<long> _ignoringCancellation;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unprotected;
    private readonly Counter<long> _leasesLost;
    private readonly Counter<long> _unique;

    public TaskMetrics(IMeterFactory? meters = null)
    {
        // A factory owns its meters; without one the meter is ours to dispose of.
        var meter = meters?.Create(TelemetryNames.Source) ?? (_ownMeter = new Meter(TelemetryNames.Source));
        _sent = meter.CreateCounter<long>(TelemetryNames.SentMessages, "{message}", "Tasks handed to the broker.");
        _consumed = meter.CreateCounter<long>(TelemetryNames.ConsumedMessages, "{message}", "Deliveries that entered the consume pipeline.");
        _operationDuration = meter.CreateHistogram(TelemetryNames.OperationDuration, "s", "From the call of the publisher to the broker's confirm.", null, Calls);
        _processDuration = meter.CreateHistogram(TelemetryNames.ProcessDuration, "s", "One run of the consume pipeline.", null, Work);
        _queueWait = meter.CreateHistogram(
            TelemetryNames.QueueWait, "s", "From the publication, or the due time of a scheduled task, to the first attempt.", null, Work);
        _tasks = meter.CreateCounter<long>(TelemetryNames.Tasks, "{task}", "Settled deliveries by outcome.");
        _attempts = meter.CreateHistogram(TelemetryNames.Attempts, "{attempt}", "Attempts that a task took until it ended.", null, Counts);
        _inFlight = meter.CreateUpDownCounter<long>(TelemetryNames.InFlight, "{task}", "Deliveries in the consume pipeline now.");
        _ignoringCancellation = meter.CreateUpDownCounter<long>(TelemetryNames.IgnoringCancellation, "{handler}", "Handlers that keep their slot although their token was cancelled.");
        _duplicates = meter.CreateCounter<long>(TelemetryNames.Duplicates, "{task}", "Deliveries that were discarded, since their effect was done already.");
        _unprotected = meter.CreateCounter<long>(TelemetryNames.Unprotected, "{task}", "Deliveries that ran unprotected, since the idempotency store did not answer.");
        _leasesLost = meter.CreateCounter<long>(TelemetryNames.LeasesLost, "{lease}", "Attempts that lost their lease while they ran.");
        _unique = meter.CreateCounter<long>(TelemetryNames.Unique, "{task}", "Unique tasks that met another one with their key, by what became of them.");
    }

    /// <summary>Whether a run of the consume pipeline is worth measuring.</summary>
    public bool ObservesProcessing => _consumed.Enabled || _processDuration.Enabled || _queueWait.Enabled || _inFlight.Enabled;

    /// <summary>Whether a publication is worth measuring.</summary>
    public bool ObservesPublishing => _sent.Enabled || _operationDuration.Enabled;

    /// <summary>Counts a delivery as what it ended as. Called by the settler, once, after the broker has it.</summary>
    /// <param name="envelope">What travelled beside the body; null when it could not be read.</param>
    /// <param name="queue">The queue it came from.</param>
    /// <param name="outcome">How it was settled.</param>
    public void Settled(TaskEnvelope? envelope, string queue, TaskOutcome outcome)
    {
        if (!_tasks.Enabled && !_attempts.Enabled)
        {
            return;
        }

        var reason = (outcome as TaskOutcome.DeadLettered)?.Reason;
        var type = envelope is null || (reason is not null && OutcomeNames.LeavesTypeUnchecked(reason)) ? TelemetryNames.Other : envelope.TaskType;
        var tags = new TagList { { TelemetryNames.TaskType, type }, { TelemetryNames.DestinationName, queue }, { TelemetryNames.Outcome, OutcomeNames.Of(outcome) } };
        if (reason is not null)
        {
            tags.Add(TelemetryNames.Reason, OutcomeNames.OfReason(reason));
        }

        _tasks.Add(1, tags);
        if (envelope is not null && OutcomeNames.IsFinal(outcome))
        {
            _attempts.Record(envelope.Attempt, tags);
        }
    }

    /// <summary>A delivery enters the consume pipeline.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="wait">How long it has waited, where that is known.</param>
    /// <returns>Whether it was counted as in flight, and must be counted out again.</returns>
    public bool Started(TaskContext context, TimeSpan? wait)
    {
        var tags = ProcessTags(context);
        _consumed.Add(1, tags);
        if (wait is { } known)
        {
            _queueWait.Record(Math.Max(0, known.TotalSeconds), tags);
        }

        if (!_inFlight.Enabled)
        {
            return false;
        }

        _inFlight.Add(1, tags);
        return true;
    }

    /// <summary>A delivery leaves the consume pipeline.</summary>
    public void Finished(TaskContext context, TimeSpan elapsed, string? errorType, bool wasInFlight)
    {
        var tags = ProcessTags(context);
        if (wasInFlight)
        {
            _inFlight.Add(-1, tags);
        }

        AddError(ref tags, errorType);
        _processDuration.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>A publication ended.</summary>
    public void Published(string taskType, string? exchange, TimeSpan elapsed, string? errorType)
    {
        var tags = new TagList { { TelemetryNames.System, TelemetryNames.RabbitMq }, { TelemetryNames.OperationName, TelemetryNames.Publish }, { TelemetryNames.TaskType, taskType } };
        if (exchange is not null)
        {
            tags.Add(TelemetryNames.DestinationName, exchange);
        }

        AddError(ref tags, errorType);
        _sent.Add(1, tags);
        tags.Add(TelemetryNames.OperationType, TelemetryNames.Send);
        _operationDuration.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>A handler has begun (+1) or stopped (−1) to overrun its cancelled token.</summary>
    public void IgnoringCancellation(string taskType, int change) =>
        _ignoringCancellation.Add(change, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType));

    /// <summary>A duplicate was discarded.</summary>
    public void Duplicate(string taskType) => _duplicates.Add(1, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType));

    /// <summary>A task runs although the idempotency store does not answer.</summary>
    public void Unprotected(string taskType) => _unprotected.Add(1, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType));

    /// <summary>An attempt has lost its lease.</summary>
    public void LeaseLost(string taskType) => _leasesLost.Add(1, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType));

    /// <summary>A unique task was skipped, rejected or took another one's place when it was published, or was discarded when it was to start.</summary>
    public void Unique(string taskType, string outcome) =>
        _unique.Add(1, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType), new KeyValuePair<string, object?>(TelemetryNames.Outcome, outcome));

    public void Dispose() => _ownMeter?.Dispose();

    private static TagList ProcessTags(TaskContext context) => new()
    {
        { TelemetryNames.System, TelemetryNames.RabbitMq },
        { TelemetryNames.OperationName, TelemetryNames.Process },
        { TelemetryNames.DestinationName, context.Queue },
        { TelemetryNames.TaskType, context.TaskType },
    };

    private static void AddError(ref TagList tags, string? errorType)
    {
        if (errorType is not null)
        {
            tags.Add(TelemetryNames.ErrorType, errorType);
        }
    }
}
