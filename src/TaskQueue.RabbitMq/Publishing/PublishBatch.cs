using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>The publications of one PublishMany: started in order, a bounded number under way, their ends gathered in order. Used by one caller.</summary>
internal sealed class PublishBatch(PublishPipeline pipeline, int maxOutstanding, CancellationToken cancellationToken)
{
    private readonly Queue<Outstanding> _outstanding = new();
    private readonly List<PublishReceipt> _receipts = [];
    private readonly List<FailedPublish> _failures = [];

    /// <summary>Starts one, after waiting for the oldest when too many are under way.</summary>
    public async ValueTask AddAsync(PublishContext context)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_outstanding.Count >= maxOutstanding)
        {
            await AwaitOldestAsync().ConfigureAwait(false);
        }

        Enqueue(context.Payload, StartAsync(context));
    }

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

    private void Enqueue(object payload, ValueTask<PublishReceipt> publication) => _outstanding.Enqueue(new Outstanding(payload, publication));

    // A middleware that is not async may throw from the call itself.
    private ValueTask<PublishReceipt> StartAsync(PublishContext context)
    {
        try
        {
            return pipeline.PublishAsync(context, cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<PublishReceipt>(exception);
        }
    }

    private async ValueTask AwaitOldestAsync()
    {
        var (payload, publication) = _outstanding.Dequeue();
        try
        {
            _receipts.Add(await publication.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            _failures.Add(new FailedPublish(_receipts.Count + _failures.Count, payload, exception));
        }
    }

    private readonly record struct Outstanding(object Payload, ValueTask<PublishReceipt> Publication);
}
