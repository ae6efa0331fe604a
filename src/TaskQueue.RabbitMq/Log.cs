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
}
