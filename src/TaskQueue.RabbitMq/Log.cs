using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq;

/// <summary>All log messages of this project. Event ids 2000 to 2099: connections and publishing. No message holds a body or a password.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Connection '{Connection}' to RabbitMQ {Version} at {Endpoint} is open")]
    public static partial void Connected(ILogger logger, string connection, string endpoint, Version version);

    [LoggerMessage(2001, LogLevel.Warning, "RabbitMQ at {Endpoint} cannot be reached for the connection '{Connection}' (try {Attempt}); next try in {Delay}: {Error}")]
    public static partial void Unreachable(ILogger logger, string connection, string endpoint, int attempt, TimeSpan delay, string error);

    [LoggerMessage(2002, LogLevel.Error, "Connection '{Connection}' is refused; next try in {Delay}: {Error}")]
    public static partial void Refused(ILogger logger, string connection, string error, TimeSpan delay);

    [LoggerMessage(2003, LogLevel.Warning, "Connection '{Connection}' to RabbitMQ at {Endpoint} is lost and will be opened again: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string connection, string endpoint, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "RabbitMQ blocks publishes on the connection '{Connection}' until its alarm is over: {Reason}")]
    public static partial void ConnectionBlocked(ILogger logger, string connection, string reason);

    [LoggerMessage(2005, LogLevel.Information, "RabbitMQ takes publishes on the connection '{Connection}' again")]
    public static partial void ConnectionUnblocked(ILogger logger, string connection);

    // 2100 to 2199: topology.
    [LoggerMessage(2100, LogLevel.Information, "The delay line is declared, in {Elapsed}")]
    public static partial void DelayLineDeclared(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(2101, LogLevel.Warning, "The delay line could not be declared or verified; the next delayed publish or retry tries again")]
    public static partial void DelayLineFailed(ILogger logger, Exception error);

    [LoggerMessage(2102, LogLevel.Information, "The queue '{Queue}' is left over from another configuration of '{WorkQueue}': it gets no more tasks, and is drained")]
    public static partial void LeftOverQueueFound(ILogger logger, string queue, string workQueue);

    [LoggerMessage(2103, LogLevel.Information, "No worker has declared a queue for the task type '{TaskType}' yet; this publisher has, so that its tasks wait for their first worker")]
    public static partial void MissingQueueDeclared(ILogger logger, string taskType);

    [LoggerMessage(2104, LogLevel.Warning, "No worker has declared a queue for the task type '{TaskType}' yet, and this publisher may not: {Reason}")]
    public static partial void MissingQueueForbidden(ILogger logger, string taskType, string reason);

    [LoggerMessage(2105, LogLevel.Warning, "The {Kind} '{Name}' cannot be looked at, so it is not verified: {Reason}")]
    public static partial void TopologyNotSeen(ILogger logger, string kind, string name, string reason);

    [LoggerMessage(2106, LogLevel.Information, "Arguments are not verified, only that everything exists: comparing them takes the permission to configure (first refused for the {Kind} '{Name}': {Reason})")]
    public static partial void TopologyArgumentsNotSeen(ILogger logger, string kind, string name, string reason);
}
