namespace TaskQueue.Idempotency;

/// <summary>A call that nobody waits for any more.</summary>
internal static class AbandonedCall
{
    /// <summary>Looks at the fault with which it may still end, which would else be reported as unobserved.</summary>
    public static void Observe(Task call) =>
        _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
