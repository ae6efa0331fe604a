using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;

namespace TaskQueue.RabbitMq.DeadLetters;

/// <summary>
/// What a dead letter's headers say, as changes to those that the message came with: reason, error, times, worker, the way it came
/// (docs/topology.md, dead letters). Headers that steer attempts, crashes, age, expiry and uniqueness are removed, so that moving the message back by hand runs it
/// afresh; evidence of an earlier death is overwritten. Everything else stays as it came; of a message that could not be read, all of it.
/// </summary>
internal sealed class DeadLetterHeaders(WorkerIdentity worker, TimeProvider time)
{
    private const int ReasonLimit = 255;

    // Under the broker's frame of 128 KiB, in which all properties of a message must fit.
    private const int WholeLimit = 96 * 1024;
    private const int RoomForTheRest = 4 * 1024;

    public Dictionary<string, object?> Of(Delivery delivery, TaskEnvelope? envelope, in CrashHistory crashes, TaskOutcome.DeadLettered end)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var attempts = AttemptsOf(envelope, end.Reason);
        var room = WholeLimit - RoomForTheRest - HeaderSize.Of(delivery.Properties.Headers);
        var headers = new Dictionary<string, object?>
        {
            [HeaderNames.DeadReason] = ErrorText.Cut(end.Reason, ReasonLimit),
            [HeaderNames.DeadErrorType] = end.Error is null ? null : ErrorText.TypeOf(end.Error),
            [HeaderNames.DeadErrorMessage] = end.Error is null ? null : ErrorText.MessageOf(end.Error),
            [HeaderNames.DeadErrorStack] = end.Error is null ? null : ErrorText.StackOf(end.Error, room),
            [HeaderNames.DeadAt] = now,
            [HeaderNames.DeadFirstFailedAt] = envelope?.FirstFailedAt?.ToUnixTimeMilliseconds() ?? (end.Error is null || attempts == 0 ? null : now),
            [HeaderNames.DeadAttempts] = attempts,
            [HeaderNames.DeadCrashes] = crashes.Total == 0 ? null : crashes.Total,
            [HeaderNames.DeadQueue] = delivery.Source.Queue.Name,
            [HeaderNames.DeadExchange] = delivery.Exchange,
            [HeaderNames.DeadRoutingKey] = delivery.RoutingKey,
            [HeaderNames.DeadWorker] = worker.Worker,
        };
        if (envelope is not null || end.Reason == DeadLetterReasons.UnknownTaskType)
        {
            RemoveSteering(headers, delivery.Properties.Headers);
            SuspectHeaders.Remove(headers, crashes);
        }

        return headers;
    }

    private static void RemoveSteering(Dictionary<string, object?> headers, IDictionary<string, object?>? original)
    {
        headers[HeaderNames.Attempt] = null;
        headers[HeaderNames.FirstFailedAt] = null;
        headers[HeaderNames.LastError] = null;
        headers[HeaderNames.DueAt] = null;
        headers[HeaderNames.EarlyRounds] = null;
        headers[HeaderNames.UniqueWindow] = null;
        headers[HeaderNames.UniquePosition] = null;
        Move(headers, original, HeaderNames.UniqueKey, HeaderNames.DeadUniqueKey);
        Move(headers, original, HeaderNames.EnqueuedAt, HeaderNames.DeadEnqueuedAt);
        Move(headers, original, HeaderNames.ExpiresAt, HeaderNames.DeadExpiresAt);
    }

    // Whoever moves a dead letter back wants it run, however old it is, and whichever task has its unique key by now. What it had is kept as it came.
    private static void Move(Dictionary<string, object?> headers, IDictionary<string, object?>? original, string name, string evidence)
    {
        if (original is not null && original.TryGetValue(name, out var value))
        {
            headers[name] = null;
            headers[evidence] = value;
        }
    }

    /// <summary>How often a handler ran: this time not, where the task ended before it.</summary>
    public static long AttemptsOf(TaskEnvelope? envelope, string reason) => envelope is null ? 0 : reason switch
    {
        DeadLetterReasons.Expired or DeadLetterReasons.UnknownTaskType or DeadLetterReasons.UnknownContentType or DeadLetterReasons.UndecodableBody => envelope.Attempt - 1,
        _ => envelope.Attempt,
    };
}
