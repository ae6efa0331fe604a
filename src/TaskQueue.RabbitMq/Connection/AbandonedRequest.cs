namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// For requests that we may stop to wait for, since the client or the broker does not answer: how they end is of no interest then. But .NET tells the
/// application of every error that nobody has looked at (TaskScheduler.UnobservedTaskException), as if it had lost one.
/// </summary>
internal static class AbandonedRequest
{
    /// <summary>Has its error looked at, whenever it comes.</summary>
    public static Task MayBeAbandoned(this Task request)
    {
        _ = request.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return request;
    }

    /// <inheritdoc cref="MayBeAbandoned(Task)"/>
    public static Task<T> MayBeAbandoned<T>(this Task<T> request)
    {
        _ = MayBeAbandoned((Task)request);
        return request;
    }
}
