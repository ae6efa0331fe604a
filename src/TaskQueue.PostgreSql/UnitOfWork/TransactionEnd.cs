using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskQueue.Idempotency;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.PostgreSql.UnitOfWork;

/// <summary>
/// Commits a unit of work with its done mark, or says for certain that it is not committed. The mark and the commit are sent together. A mark that hits no row is an
/// error, which ends the batch before the commit, and the transaction with it. Sent one after the other they would cost one more round trip, and a worker that is
/// frozen between them would keep the row, and so the key, locked. A singleton.
/// </summary>
internal sealed class TransactionEnd(PostgreSqlIdempotencyStore store, TimeProvider time, ILogger<PostgreSqlUnitOfWork> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // The one way to raise an error within a statement is a cast that fails; the text tells it from an error of the user's triggers.
    private const string KeyLost = "taskqueue: the attempt has lost its key; marked: ";

    // Stands in the mark's place where there is none. The server takes the COMMIT of a transaction that an error has ended for a ROLLBACK, and reports success; anything else it refuses.
    private const string Probe = "SELECT 1";

    private readonly string _mark = $"WITH marked AS ({store.Sql.Mark} RETURNING 1) SELECT CASE count(*) WHEN 1 THEN 1 ELSE ('{KeyLost}' || count(*))::integer END FROM marked";

    /// <summary>Sends the mark and the commit. The connection is free when the task has ended, which may be long after <see cref="CommitAsync"/> on it has given up.</summary>
    public async Task SendAsync(NpgsqlTransaction transaction, NpgsqlConnection connection, DoneMark mark)
    {
        CheckNotEnded(transaction, connection);
        var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { mark.FencingToken == 0 ? new(Probe) : MarkCommand(mark), new("COMMIT") } };
        await using (batch.ConfigureAwait(false))
        {
            await batch.PrepareAsync().ConfigureAwait(false);
            await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    /// <returns>Whether all was committed; false where the attempt has lost the key, or nobody can tell: then the next delivery finds it out.</returns>
    public async ValueTask<bool> CommitAsync(Task sending, DoneMark mark, CancellationToken cancellationToken)
    {
        try
        {
            AbandonedCall.Observe(sending);

            // Npgsql's own cancellation would hold this thread while the server is frozen.
            await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException lost) when (lost.SqlState == PostgresErrorCodes.InvalidTextRepresentation && lost.MessageText.Contains(KeyLost, StringComparison.Ordinal))
        {
            return false;
        }
        catch (Exception unknown) when (mark.FencingToken != 0 && IsAnswerLost(unknown))
        {
            return await FindOutAsync(mark, unknown).ConfigureAwait(false);
        }
    }

    private NpgsqlBatchCommand MarkCommand(DoneMark mark)
    {
        var command = new NpgsqlBatchCommand(_mark);
        command.Parameters.AddRange(PostgreSqlIdempotencyStore.DoneParameters(mark.Key, mark.FencingToken, mark.Retention));
        return command;
    }

    // The handler's own error: what it wrote may be lost, or stand without its mark. It must not look done.
    private static void CheckNotEnded(NpgsqlTransaction transaction, NpgsqlConnection connection)
    {
        if (connection.FullState == ConnectionState.Closed || (connection.FullState == ConnectionState.Open && IsEnded(transaction)))
        {
            throw new InvalidOperationException(
                $"The transaction of the '{nameof(PostgreSqlUnitOfWork)}' has been ended, or its connection closed, before the handler returned. Leave both to TaskQueue: no 'using', no Commit, Rollback, Close or Dispose.");
        }
    }

    // Nothing else tells it: the transaction keeps its connection after its end.
    private static bool IsEnded(NpgsqlTransaction transaction)
    {
        try
        {
            _ = transaction.IsolationLevel;
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    // The server's ERROR says that the transaction is rolled back. Its FATAL may come after the commit, as when it is shut down meanwhile.
    private static bool IsAnswerLost(Exception error) => error switch
    {
        PostgresException refusal => refusal.InvariantSeverity != "ERROR",
        NpgsqlOperationInProgressException => false,
        NpgsqlException or OperationCanceledException or TimeoutException or IOException => true,
        _ => false,
    };

    private async ValueTask<bool> FindOutAsync(DoneMark mark, Exception unknown)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            var asking = AskAsync(mark, deadline.Token);
            AbandonedCall.Observe(asking);
            var isDone = await asking.WaitAsync(deadline.Token).ConfigureAwait(false);
            Log.CommitFoundOut(logger, unknown, mark.Key.TaskType, mark.Key.Value, isDone ? "committed" : "rolled back");
            return isDone;
        }
        catch (Exception error)
        {
            Log.CommitUnknown(logger, error, mark.Key.TaskType, mark.Key.Value, unknown.Message);
            return false;
        }
    }

    // To release the key first settles it: a mark that is still on its way no longer hits the row. One that is being committed is waited for, by the second question where the lease has
    // ended: the first one then hits no row, and waits for none.
    private async Task<bool> AskAsync(DoneMark mark, CancellationToken cancellationToken) =>
        !await store.ReleaseAsync(mark.Key, mark.FencingToken, cancellationToken).ConfigureAwait(false)
        && await store.WasDoneByAsync(mark.Key, mark.FencingToken, cancellationToken).ConfigureAwait(false);
}
