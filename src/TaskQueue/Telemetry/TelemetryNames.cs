namespace TaskQueue.Telemetry;

/// <summary>
/// Every name that traces, metrics and log scopes use. Those under <c>messaging.</c> and <c>error.</c> are OpenTelemetry's
/// (https://opentelemetry.io/docs/specs/semconv/messaging/), ours are under <c>taskqueue.</c>. Durations are in seconds.
/// </summary>
internal static class TelemetryNames
{
    public const string Source = "TaskQueue";

    // Instruments.
    public const string SentMessages = "messaging.client.sent.messages";
    public const string ConsumedMessages = "messaging.client.consumed.messages";
    public const string OperationDuration = "messaging.client.operation.duration";
    public const string ProcessDuration = "messaging.process.duration";
    public const string Tasks = "taskqueue.tasks";
    public const string Attempts = "taskqueue.attempts";
    public const string QueueWait = "taskqueue.queue.wait";
    public const string InFlight = "taskqueue.in_flight";
    public const string IgnoringCancellation = "taskqueue.handlers.ignoring_cancellation";
    public const string Duplicates = "taskqueue.duplicates";
    public const string Unprotected = "taskqueue.unprotected";
    public const string LeasesLost = "taskqueue.leases.lost";
    public const string Unique = "taskqueue.unique";
    public const string Connections = "taskqueue.connections";
    public const string BlockedConnections = "taskqueue.connections.blocked";
    public const string Consumers = "taskqueue.consumers";
    public const string FailingCopies = "taskqueue.copies.failing";
    public const string OutboxPublished = "taskqueue.outbox.published";
    public const string OutboxRefused = "taskqueue.outbox.refused";
    public const string OutboxLag = "taskqueue.outbox.lag";
    public const string OutboxPending = "taskqueue.outbox.pending";
    public const string OutboxOldest = "taskqueue.outbox.oldest";

    // Attributes.
    public const string System = "messaging.system";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string DestinationName = "messaging.destination.name";
    public const string RoutingKey = "messaging.rabbitmq.destination.routing_key";
    public const string MessageId = "messaging.message.id";
    public const string ConversationId = "messaging.message.conversation_id";
    public const string ErrorType = "error.type";
    public const string TaskType = "taskqueue.task.type";
    public const string Attempt = "taskqueue.attempt";
    public const string Outcome = "taskqueue.outcome";
    public const string Reason = "taskqueue.reason";
    public const string Priority = "taskqueue.priority";
    public const string Connection = "taskqueue.connection";

    // Values.
    public const string RabbitMq = "rabbitmq";
    public const string Publish = "publish";
    public const string Send = "send";
    public const string Create = "create";
    public const string Process = "process";

    // What became of unique tasks.
    public const string Skipped = "skipped";
    public const string Replaced = "replaced";
    public const string Rejected = "rejected";
    public const string Discarded = "discarded";

    /// <summary>OpenTelemetry's word for values that would make an attribute's set of values unbounded.</summary>
    public const string Other = "_OTHER";

    // Log scopes.
    public const string ScopeTaskId = "TaskId";
    public const string ScopeTaskType = "TaskType";
    public const string ScopeAttempt = "Attempt";
    public const string ScopeTraceId = "TraceId";
}
