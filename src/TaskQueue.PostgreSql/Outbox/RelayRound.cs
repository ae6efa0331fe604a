using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskQueue.Retry;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// One round of the relay, in one transaction: lock a batch, publish it, delete what is confirmed, note what was refused, commit. A process that dies anywhere in it leaves the rows, and what it
/// had published already is published again, under the same task ids. That RabbitMQ is away is no row's fault, and leaves no mark on any. Owned by the relay's loop; not thread-safe.
/// </summary>
internal sealed class RelayRound(OutboxTable table, BatchSender sender, OutboxMetrics metrics, RelayTimes times, Randomness random, TimeProvider time, ILogger<OutboxRelay> logger)
{
    private readonly TypePauses _pauses = new(times, time);
    private bool _boundsTcp = true;

    /// <param name="connection">The relay's.</param>
    /// <param name="bell">The same one's: freed when there is something to publish, which may take long.</param>
    /// <param name="stopping">No batch is begun any more.</param>
    /// <param name="abort">Confirms are not waited for any more; what has come is settled all the same.</param>
    public async Task<RoundEnd> RunAsync(NpgsqlConnection connection, CommitBell bell, CancellationToken stopping, CancellationToken abort)
    {
        var paused = _pauses.Current();
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stopping).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            (var rows, _boundsTcp) = await table.TakeAsync(transaction, _boundsTcp, paused, stopping).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                return new RoundEnd(RoundStatus.Empty);
            }

            var ends = await SendAsync(connection, bell, rows, paused, abort).ConfigureAwait(false);
            await SettleAsync(transaction, rows, ends, abort.IsCancellationRequested).ConfigureAwait(false);
            return EndOf(ends);
        }
    }

    // Freeing the bell is no reason to send later; and nothing may still be sent when this round has failed, as another one would send it, too.
    private async Task<RowEnd[]> SendAsync(NpgsqlConnection connection, CommitBell bell, List<OutboxRow> rows, string[] paused, CancellationToken abort)
    {
        var sending = sender.SendAsync(rows, paused, abort);
        try
        {
            await bell.FreeAsync(connection, abort).ConfigureAwait(false);
        }
        finally
        {
            await sending.ConfigureAwait(false);
        }

        return await sending.ConfigureAwait(false);
    }

    private async Task SettleAsync(NpgsqlTransaction transaction, List<OutboxRow> rows, RowEnd[] ends, bool aborted)
    {
        var published = rows.Where((_, i) => ends[i].Status == RowStatus.Published).ToList();
        published.ForEach(row => _pauses.End(row.TaskType));
        var silent = WasAnswered(ends) && !aborted ? PauseSilent(rows, ends) : [];
        var refusals = Refuse(rows, ends, silent);
        await table.SettleAsync(transaction, published.ConvertAll(row => row.Id), refusals, CancellationToken.None).ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static bool WasAnswered(RowEnd[] ends) => ends.Any(end => end.Status is RowStatus.Published or RowStatus.Refused);

    private Dictionary<string, TimeSpan> PauseSilent(List<OutboxRow> rows, RowEnd[] ends)
    {
        var pauses = new Dictionary<string, TimeSpan>();
        foreach (var type in rows.Where((_, i) => ends[i].Status == RowStatus.Unanswered).Select(row => row.TaskType).Distinct())
        {
            pauses[type] = _pauses.Pause(type);
            Log.TypePaused(logger, type, times.Patience, pauses[type]);
        }

        return pauses;
    }

    private List<Refusal> Refuse(List<OutboxRow> rows, RowEnd[] ends, Dictionary<string, TimeSpan> silent)
    {
        var refusals = new List<Refusal>();
        var refused = new List<int>();
        for (var i = 0; i < ends.Length; i++)
        {
            if (ends[i].Status == RowStatus.Refused)
            {
                refused.Add(i);
                refusals.Add(new Refusal(rows[i].Id, ends[i].Error!.Message, PauseAfter(rows[i].Attempts + 1)));
            }
            else if (ends[i].Status == RowStatus.Unanswered && silent.TryGetValue(rows[i].TaskType, out var pause))
            {
                refusals.Add(new Refusal(rows[i].Id, NoConfirm, pause));
            }
        }

        refused.ForEach(i => metrics.Refused(rows[i].TaskType));
        if (refused.Count > 0)
        {
            var (row, error) = (rows[refused[0]], ends[refused[0]].Error!);
            Log.Refused(logger, row.TaskId, row.TaskType, refused.Count - 1, refusals.First(refusal => refusal.Id == row.Id).Delay, row.Attempts + 1, error.Message);
        }

        return refusals;
    }

    // A fifth less or more, so that those that were refused together do not come back together.
    private TimeSpan PauseAfter(int attempts) => RelayTimes.Before(attempts, times.FirstRetry, times.LongestRetry) * (0.8 + (0.4 * random.NextDouble()));

    private RoundEnd EndOf(RowEnd[] ends)
    {
        var away = ends.FirstOrDefault(end => end.Status == RowStatus.BrokerAway);
        return away.Error is { } error ? new RoundEnd(RoundStatus.BrokerAway, error.Message)
            : WasAnswered(ends) ? new RoundEnd(RoundStatus.Done)
            : new RoundEnd(RoundStatus.BrokerAway, NoConfirm);
    }

    private string NoConfirm => $"RabbitMQ did not confirm it within {times.Patience}; it may have it all the same.";
}
