namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Recognises a task that was handled before.</summary>
internal interface IIdempotency
{
    /// <summary>In place of <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartIdempotentWorkerAsync(int concurrency, IdempotencyPlace place, Func<LoadTask, ValueTask> handle);
}

/// <summary>Where that is remembered.</summary>
internal enum IdempotencyPlace
{
    /// <summary>In the worker's process.</summary>
    Memory,

    /// <summary>At <c>TASKQUEUE_REDIS</c>.</summary>
    Redis,

    /// <summary>At <c>TASKQUEUE_POSTGRESQL</c>.</summary>
    PostgreSql,
}
