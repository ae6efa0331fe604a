using Microsoft.Extensions.Logging;

namespace TaskQueue;

/// <summary>All log messages of the core; event ids 1000 to 1999.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Debug, "The attempt at task '{TaskId}' ({TaskType}) was aborted and is given back")]
    public static partial void AttemptAborted(ILogger logger, Exception error, string taskId, string taskType);

    [LoggerMessage(1001, LogLevel.Warning, "The handler of task '{TaskId}' ({TaskType}, attempt {Attempt}) still runs {OverrunSeconds:0} s after its token was cancelled, and keeps its slot: pass the token on to everything that it awaits")]
    public static partial void HandlerIgnoresCancellation(ILogger logger, string taskId, string taskType, int attempt, double overrunSeconds);

    [LoggerMessage(1002, LogLevel.Warning, "The handler of task '{TaskId}' ({TaskType}, attempt {Attempt}) ended {OverrunSeconds:0} s after its token was cancelled")]
    public static partial void OverrunningHandlerEnded(ILogger logger, string taskId, string taskType, int attempt, double overrunSeconds);

    [LoggerMessage(1003, LogLevel.Warning, "The attempt at task '{TaskId}' ({TaskType}) failed, and then its services could not be disposed of either")]
    public static partial void ScopeNotClosed(ILogger logger, Exception error, string taskId, string taskType);

    [LoggerMessage(1004, LogLevel.Error, "A step of the pipeline itself failed for task '{TaskId}' ({TaskType}); the retry policy decides")]
    public static partial void PipelineFailed(ILogger logger, Exception error, string taskId, string taskType);

    [LoggerMessage(1005, LogLevel.Warning, "Task '{TaskId}' ({TaskType}) was cancelled, and a callback that its handler had registered on the token threw")]
    public static partial void CancellationCallbackFailed(ILogger logger, Exception error, string taskId, string taskType);

    [LoggerMessage(1010, LogLevel.Warning, "Duplicates are recognised within this process alone, and until it ends: done tasks are remembered in its memory. With more than one worker use a shared store (queue.UseRedisIdempotency, queue.UsePostgreSqlIdempotency), or switch it off (queue.Idempotency.Enabled = false)")]
    public static partial void StoreIsPerProcess(ILogger logger);

    [LoggerMessage(1011, LogLevel.Warning, "The idempotency store does not answer, or refuses; until it answers, tasks are put off, or run unprotected, as set for their type (WhenStoreIsAway). The error says why")]
    public static partial void StoreAway(ILogger logger, Exception error);

    [LoggerMessage(1012, LogLevel.Information, "The idempotency store answers again")]
    public static partial void StoreBack(ILogger logger);

    [LoggerMessage(1013, LogLevel.Debug, "Task '{TaskId}' ({TaskType}) runs unprotected, since the idempotency store does not answer: a duplicate may run too")]
    public static partial void Unprotected(ILogger logger, string taskId, string taskType);

    [LoggerMessage(1014, LogLevel.Warning, "The lease of task '{TaskId}' ({TaskType}, attempt {Attempt}) is lost: its token is cancelled, since another worker may run the same work now")]
    public static partial void LeaseLost(ILogger logger, string taskId, string taskType, int attempt);

    [LoggerMessage(1015, LogLevel.Warning, "Task '{TaskId}' ({TaskType}) is done, but no longer had its lease: another attempt may have run, or run now")]
    public static partial void DoneWithoutLease(ILogger logger, string taskId, string taskType);

    [LoggerMessage(1016, LogLevel.Error, "Task '{TaskId}' ({TaskType}) is done, but the idempotency store did not answer until its lease ended: it may not be recorded, and a duplicate would then run")]
    public static partial void DoneButNotRecorded(ILogger logger, string taskId, string taskType);

    [LoggerMessage(1030, LogLevel.Warning, "A task of type '{TaskType}' is published as unique, which is kept in the memory of this process alone: of use only where this process is the only publisher and the only worker. Use a shared store (queue.UseRedisIdempotency, queue.UsePostgreSqlIdempotency)")]
    public static partial void UniqueInMemory(ILogger logger, string taskType);

    [LoggerMessage(1031, LogLevel.Warning, "The broker has the unique task '{TaskId}' ({TaskType}), but the store could not be told: its key '{Key}' may be free again after {Hold}, and a second one then be accepted within the window: {Error}")]
    public static partial void UniqueNotConfirmed(ILogger logger, string taskId, string taskType, string key, TimeSpan hold, string error);

    [LoggerMessage(1032, LogLevel.Warning, "The unique task '{TaskId}' ({TaskType}) was not published, but the store could not be told: its key '{Key}' is free again after {Hold} only: {Error}")]
    public static partial void UniqueNotCancelled(ILogger logger, string taskId, string taskType, string key, TimeSpan hold, string error);

    [LoggerMessage(1033, LogLevel.Warning, "The store of unique tasks does not answer; until it does, unique tasks are put off, or run whether they were replaced or not, as set for their type (WhenStoreIsAway)")]
    public static partial void UniqueStoreAway(ILogger logger, Exception error);

    [LoggerMessage(1034, LogLevel.Information, "The store of unique tasks answers again")]
    public static partial void UniqueStoreBack(ILogger logger);
}
