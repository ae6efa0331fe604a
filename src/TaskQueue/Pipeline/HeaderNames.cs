using System.Text;

namespace TaskQueue.Pipeline;

/// <summary>The names of all headers that the framework reads or writes: the wire format, version 1 (docs/topology.md).</summary>
internal static class HeaderNames
{
    public const string OwnPrefix = "tq-";

    public const string WireVersion = "tq-version";
    public const string Attempt = "tq-attempt";
    public const string EnqueuedAt = "tq-enqueued-at";
    public const string DueAt = "tq-due-at";
    public const string ExpiresAt = "tq-expires-at";
    public const string EarlyRounds = "tq-early-rounds";
    public const string IdempotencyKey = "tq-idempotency-key";
    public const string UniqueKey = "tq-unique-key";
    public const string UniqueWindow = "tq-unique-window";
    public const string UniquePosition = "tq-unique-position";
    public const string FirstFailedAt = "tq-first-failed-at";
    public const string LastError = "tq-last-error";

    public const string Crashes = "tq-crashes";
    public const string SuspectSince = "tq-suspect-since";
    public const string SuspectCrashes = "tq-suspect-crashes";
    public const string DroppedCounts = "tq-dropped-counts";

    public const string DeadReason = "tq-dead-reason";
    public const string DeadErrorType = "tq-dead-error-type";
    public const string DeadErrorMessage = "tq-dead-error-message";
    public const string DeadErrorStack = "tq-dead-error-stack";
    public const string DeadAt = "tq-dead-at";
    public const string DeadFirstFailedAt = "tq-dead-first-failed-at";
    public const string DeadEnqueuedAt = "tq-dead-enqueued-at";
    public const string DeadExpiresAt = "tq-dead-expires-at";
    public const string DeadAttempts = "tq-dead-attempts";
    public const string DeadCrashes = "tq-dead-crashes";
    public const string DeadUniqueKey = "tq-dead-unique-key";
    public const string DeadQueue = "tq-dead-queue";
    public const string DeadRoutingKey = "tq-dead-routing-key";
    public const string DeadExchange = "tq-dead-exchange";
    public const string DeadWorker = "tq-dead-worker";

    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";

    /// <summary>The broker's: how often the message was handed out and not settled. RabbitMQ 4.3 counts failures alone, earlier ones give-backs too.</summary>
    public const string DeliveryCount = "x-delivery-count";

    public static void CheckUserHeader(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (IsReserved(name))
        {
            throw new ArgumentException($"The header name '{name}' is reserved: names that start with 'tq-' or 'x-', 'traceparent' and 'tracestate' belong to the framework and the broker. Choose another name.", nameof(name));
        }

        if (name is "CC" or "BCC")
        {
            throw new ArgumentException(
                $"The header name '{name}' is reserved: RabbitMQ reads further routing keys from it, and closes the channel over a text. Choose another name.",
                nameof(name));
        }

        if (Encoding.UTF8.GetByteCount(name) > 255)
        {
            throw new ArgumentException($"The header name '{name[..40]}…' is longer than the 255 bytes that AMQP allows.", nameof(name));
        }
    }

    internal static bool IsReserved(string name) =>
        name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("x-", StringComparison.OrdinalIgnoreCase)
        || name.Equals(TraceParent, StringComparison.OrdinalIgnoreCase)
        || name.Equals(TraceState, StringComparison.OrdinalIgnoreCase);
}
