using Microsoft.Extensions.Logging;

namespace TaskQueue.Redis;

/// <summary>All log messages of this project; event ids 3000 to 3099. No message holds a password.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "Redis at {Endpoint} may forget which effects are done, and duplicates then run again: {Advice}")]
    public static partial void ForgetsEffects(ILogger logger, string endpoint, string advice);

    [LoggerMessage(3001, LogLevel.Debug, "Redis at {Endpoint} did not tell whether it evicts or persists")]
    public static partial void PersistenceUnknown(ILogger logger, Exception error, string endpoint);

    [LoggerMessage(3002, LogLevel.Warning, "Redis at {Endpoint} is not reached, or refuses the login: {Reason}. Is it up, and are address, user and password right, in 'UseRedisIdempotency' or the section 'TaskQueue:Redis'?")]
    public static partial void NotReached(ILogger logger, string endpoint, string reason);
}
