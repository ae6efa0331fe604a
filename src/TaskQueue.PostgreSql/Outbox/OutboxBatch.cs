namespace TaskQueue.PostgreSql.Outbox;

/// <summary>The publications of one PublishMany into an outbox. Whatever fails for one task, from its checks to its middleware, is that task's failure alone. Used by one caller.</summary>
internal sealed class OutboxBatch(TaskKeeper keeper, PublishOptions? options, CancellationToken cancellationToken)
{
    private readonly List<KeptTask> _rows = [];
    private readonly List<OutboxReceipt> _receipts = [];
    private readonly List<FailedPublish> _failures = [];

    /// <summary>What is to be written, in order.</summary>
    public IReadOnlyList<KeptTask> Rows => _rows;

    public async ValueTask AddAsync(object task)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = _rows.Count;
        try
        {
            _receipts.Add(await keeper.KeepAsync(task, orderingKey: null, options, Hold, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // A middleware may throw after the task has gone through it.
            _rows.RemoveRange(before, _rows.Count - before);
            Fail(task, error);
        }
    }

    /// <summary>There is no such task, or it cannot be kept.</summary>
    public void Fail(object? task, Exception error) => _failures.Add(new FailedPublish(_receipts.Count + _failures.Count, task, error));

    /// <exception cref="BatchPublishException">Some failed.</exception>
    public IReadOnlyList<OutboxReceipt> ToReceipts() => _failures.Count == 0
        ? _receipts
        : throw new BatchPublishException(_failures, _receipts.ConvertAll(receipt => new PublishReceipt(receipt.TaskId, receipt.TaskType, Exchange: "", RoutingKey: "")));

    private ValueTask Hold(KeptTask row, CancellationToken token)
    {
        _rows.Add(row);
        return ValueTask.CompletedTask;
    }
}
