using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// The publications of one PublishMany: started in order, a bounded number under way, their ends gathered in order. Whatever fails for one
/// task, from its checks to its confirm, is that task's failure alone. Used by one caller.
/// </summary>
internal sealed class PublishBatch(
    PublishContextFactory contexts,
    PublishPipeline pipeline,
    PublishOptions? options,
    int count,
    int maxOutstanding,
    CancellationToken cancellationToken)
{
    private readonly Queue<Outstanding> _outstanding = new(Math.Min(count, maxOutstanding));
    private readonly List<PublishReceipt> _receipts = new(count);
    private readonly List<FailedPublish> _failures = [];

    /// <summary>Starts one, after waiting for the oldest when too many are under way.</summary>
    public async ValueTask AddAsync(object? task)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_outstanding.Count >= maxOutstanding)
        {
            await AwaitOldestAsync().ConfigureAwait(false);
        }

        _outstanding.Enqueue(new Outstanding(task, StartAsync(task)));
    }

    /// <summary>There is no next task: getting it failed.</summary>
    public void Fail(Exception exception) =>
        _outstanding.Enqueue(new Outstanding(null, ValueTask.FromException<PublishReceipt>(exception)));

    /// <summary>Waits for all that are under way.</summary>
    public async ValueTask CompleteAsync()
    {
        while (_outstanding.Count > 0)
        {
            await AwaitOldestAsync().ConfigureAwait(false);
        }
    }

    /// <exception cref="BatchPublishException">Some failed.</exception>
    /// <exception cref="OperationCanceledException">Some failed because the caller stopped the wait.</exception>
    public IReadOnlyList<PublishReceipt> ToReceipts()
    {
        if (_failures.Count == 0)
        {
            return _receipts;
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new BatchPublishException(_failures, _receipts);
    }

    private ValueTask<PublishReceipt> StartAsync(object? task)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(task);
            return pipeline.PublishAsync(contexts.Create(task, options), cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<PublishReceipt>(exception);
        }
    }

    private async ValueTask AwaitOldestAsync()
    {
        var (task, publication) = _outstanding.Dequeue();
        try
        {
            _receipts.Add(await publication.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            _failures.Add(new FailedPublish(_receipts.Count + _failures.Count, task, exception));
        }
    }

    private readonly record struct Outstanding(object? Task, ValueTask<PublishReceipt> Publication);
}
