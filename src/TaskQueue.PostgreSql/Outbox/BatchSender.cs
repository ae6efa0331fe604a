using TaskQueue.Pipeline;
using TaskQueue.Telemetry;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Publishes the rows of a batch by the way of all tasks, pipelined; those of one ordering key one after the other's confirm, and none behind one that failed: a confirm in the wrong order could
/// not be taken back. Never throws. Stateless; thread-safe.
/// </summary>
internal sealed class BatchSender(IEnvelopeSender sender, TaskMetrics tasks, OutboxMetrics metrics, RelayTimes times, TimeProvider time)
{
    /// <param name="rows">In order.</param>
    /// <param name="pausedTypes">Task types not to be sent.</param>
    /// <param name="abort">This process stops: nothing more is waited for.</param>
    /// <returns>How each row ended.</returns>
    public async Task<RowEnd[]> SendAsync(IReadOnlyList<OutboxRow> rows, string[] pausedTypes, CancellationToken abort)
    {
        using var patience = new CancellationTokenSource(times.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, abort);
        var ends = new Task<RowEnd>[rows.Count];
        var lastOfKey = new Dictionary<string, Task<RowEnd>>(StringComparer.Ordinal);
        for (var i = 0; i < ends.Length; i++)
        {
            var row = rows[i];
            ends[i] = row.OrderingKey is not { } key ? SendAsync(row, either.Token)
                : lastOfKey[key] = pausedTypes.Contains(row.TaskType) ? Task.FromResult(new RowEnd(RowStatus.NotTried))
                : lastOfKey.TryGetValue(key, out var before) ? SendAfterAsync(before, row, either.Token)
                : SendAsync(row, either.Token);
        }

        return await Task.WhenAll(ends).ConfigureAwait(false);
    }

    private async Task<RowEnd> SendAfterAsync(Task<RowEnd> before, OutboxRow row, CancellationToken cancellationToken)
    {
        var end = await before.ConfigureAwait(false);
        return end.Status == RowStatus.Published ? await SendAsync(row, cancellationToken).ConfigureAwait(false) : new RowEnd(RowStatus.NotTried);
    }

    private async Task<RowEnd> SendAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var receipt = await sender.SendAsync(EnvelopeText.Read(row.Envelope), row.Body, cancellationToken).ConfigureAwait(false);
            var elapsed = time.GetElapsedTime(start);
            tasks.Published(row.TaskType, receipt.Exchange, elapsed, errorType: null);
            metrics.Published(row.TaskType, row.Age + elapsed);
            return new RowEnd(RowStatus.Published);
        }
        catch (Exception error)
        {
            tasks.Published(row.TaskType, exchange: null, time.GetElapsedTime(start), error.GetType().FullName);
            return new RowEnd(StatusOf(error), error);
        }
    }

    private static RowStatus StatusOf(Exception error) => error switch
    {
        OperationCanceledException or PublishTimeoutException => RowStatus.Unanswered,
        BrokerUnavailableException or BrokerBlockedException or ObjectDisposedException => RowStatus.BrokerAway,
        _ => RowStatus.Refused,
    };
}
