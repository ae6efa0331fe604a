using Microsoft.Extensions.Logging;

namespace TaskQueue.PostgreSql;

/// <summary>All log messages of this project. Event ids 4000 to 4099: the database and idempotency. No message holds a password.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Warning, "PostgreSQL at {Database} cannot be reached; what needs it waits until it can: {Error}")]
    public static partial void DatabaseAway(ILogger logger, string database, string error);
}
