namespace TaskQueue;

/// <summary>What becomes of a task while its idempotency store does not answer.</summary>
public enum StoreOutage
{
    /// <summary>It is put off, and spends no attempt: no effect happens twice, and none at all until the store is back.</summary>
    Defer,

    /// <summary>It runs unprotected, with a warning: work goes on, and a duplicate that comes meanwhile has a second effect.</summary>
    FailOpen,
}
