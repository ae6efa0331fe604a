namespace TaskQueue;

/// <summary>Some tasks of a batch were not accepted. All others are published; in an outbox, if the transaction commits all the same.</summary>
public sealed class BatchPublishException : TaskQueueException
{
    internal BatchPublishException(IReadOnlyList<FailedPublish> failures, IReadOnlyList<PublishReceipt> published)
        : base("batch", Describe(failures, published.Count), failures[0].Error)
    {
        Failures = failures;
        Published = published;
    }

    /// <summary>The tasks that failed, in the batch's order.</summary>
    public IReadOnlyList<FailedPublish> Failures { get; }

    /// <summary>The receipts of the others, in the batch's order.</summary>
    public IReadOnlyList<PublishReceipt> Published { get; }

    private static string Describe(IReadOnlyList<FailedPublish> failures, int published) =>
        $"{failures.Count} of {failures.Count + published} tasks were not published; the first, at index {failures[0].Index}: {failures[0].Error.Message}";
}

/// <summary>One task of a batch that was not accepted.</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
/// <param name="TaskObject">The task; null where the batch held null, or where its sequence threw instead of giving one.</param>
/// <param name="Error">Why: a <see cref="TaskPublishException"/>, or what the task's checks, a publish middleware or the batch's sequence threw.</param>
public sealed record FailedPublish(int Index, object? TaskObject, Exception Error);
