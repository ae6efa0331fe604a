using Microsoft.Extensions.Logging;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>All log messages of the outbox. Event ids 4100 to 4199. No message holds a body or a password.</summary>
internal static partial class Log
{
    [LoggerMessage(4100, LogLevel.Information, "The outbox relay publishes what stands in '{Schema}.outbox' at {Database}")]
    public static partial void Relays(ILogger logger, string schema, string database);

    [LoggerMessage(4101, LogLevel.Warning, "The outbox relay has no connection to PostgreSQL at {Database} and tries again in {Pause}: {Error}")]
    public static partial void DatabaseAway(ILogger logger, string database, TimeSpan pause, string error);

    [LoggerMessage(4102, LogLevel.Error, "PostgreSQL refuses the outbox relay, which tries again in {Pause}: {Error}")]
    public static partial void DatabaseRefuses(ILogger logger, TimeSpan pause, string error);

    [LoggerMessage(4103, LogLevel.Warning, "RabbitMQ takes nothing from the outbox, which tries again in {Pause}; nothing is lost meanwhile: {Error}")]
    public static partial void BrokerAway(ILogger logger, TimeSpan pause, string error);

    [LoggerMessage(4104, LogLevel.Information, "RabbitMQ takes tasks from the outbox again")]
    public static partial void BrokerBack(ILogger logger);

    [LoggerMessage(4105, LogLevel.Error, "Task {TaskId} ({TaskType}) cannot be published from the outbox, and {Others} more in this batch; it stays there (attempts and last_error tell) and is tried again in {Pause}, after {Attempts} attempt(s): {Error}")]
    public static partial void Refused(ILogger logger, string taskId, string taskType, int others, TimeSpan pause, int attempts, string error);

    [LoggerMessage(4106, LogLevel.Warning, "RabbitMQ has not confirmed tasks of the type '{TaskType}' from the outbox within {Patience}, but others: its queue may have no leader. They are left for {Pause}; others do not wait")]
    public static partial void TypePaused(ILogger logger, string taskType, TimeSpan patience, TimeSpan pause);

    [LoggerMessage(4107, LogLevel.Information, "The outbox relay has stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4108, LogLevel.Warning, "The outbox relay's connection has lost its lock for '{Schema}.outbox': it seems to go through a pooler that hands out connections by transaction, so no commit wakes the relay, and it only polls. Give it the server's own address")]
    public static partial void NoSession(ILogger logger, string schema);
}
