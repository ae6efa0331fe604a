using Microsoft.Extensions.Logging;

namespace TaskQueue.PostgreSql;

/// <summary>All log messages of this project. Event ids 4000 to 4099: the database and idempotency. No message holds a password.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Warning, "PostgreSQL at {Database} cannot be reached; what needs it waits until it can: {Error}")]
    public static partial void DatabaseAway(ILogger logger, string database, string error);

    [LoggerMessage(4010, LogLevel.Debug, "{Removed} effects that were forgotten are removed from PostgreSQL")]
    public static partial void RowsRemoved(ILogger logger, int removed);

    [LoggerMessage(4011, LogLevel.Warning, "Forgotten effects cannot be removed from PostgreSQL, which is tried again in a minute: {Error}")]
    public static partial void SweepFailed(ILogger logger, string error);

    [LoggerMessage(4020, LogLevel.Warning, "PostgreSQL's answer to the commit for key '{Key}' of task type '{TaskType}' was lost; the key's row tells that it was {Outcome}")]
    public static partial void CommitFoundOut(ILogger logger, Exception error, string taskType, string key, string outcome);

    [LoggerMessage(4021, LogLevel.Warning, "PostgreSQL's answer to the commit for key '{Key}' of task type '{TaskType}' was lost ({Reason}), and it cannot be asked; the task comes again, and finds out then")]
    public static partial void CommitUnknown(ILogger logger, Exception error, string taskType, string key, string reason);

    [LoggerMessage(4022, LogLevel.Warning, "Up to {Attempts} attempts of {TaskTypes} may hold a connection each in their units of work, of the {Connections} that the pool for PostgreSQL at {Database} has: leases are not renewed, and lost, while none is free. Set 'Maximum Pool Size' in the connection string to at least {Needed}, or lower the concurrency")]
    public static partial void PoolTooSmall(ILogger logger, int attempts, string taskTypes, int connections, string database, int needed);
}
