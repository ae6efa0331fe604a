using System.Data;
using Npgsql;
using TaskQueue.Idempotency;
using TaskQueue.PostgreSql;
using TaskQueue.PostgreSql.UnitOfWork;

namespace TaskQueue;

/// <summary>
/// One transaction for what a handler writes and for the mark that it is done: both are committed or neither, so that the effect happens exactly once even when the
/// process dies at any point. Inject it into a handler, or into a scoped service that one uses, and write through <see cref="BeginAsync"/>.
/// </summary>
/// <remarks>Scoped: each attempt, and each try of a resilience pipeline, has its own. The transaction (READ COMMITTED) begins with the first call and is committed
/// after the handler and your middleware have returned normally or discarded the task; on any other end, an exception above all, it is rolled back. Do not commit, roll back or dispose of
/// it yourself. Like the transaction, it is for one flow of control at a time.</remarks>
public sealed class PostgreSqlUnitOfWork : IAttemptTransaction, IAsyncDisposable, IDisposable
{
    private readonly CurrentAttempt _attempt;
    private readonly TransactionEnd _end;
    private NpgsqlTransaction? _transaction;
    private Task _sending = Task.CompletedTask;

    internal PostgreSqlUnitOfWork(PostgreSqlDatabase database, CurrentAttempt attempt, TransactionEnd end)
    {
        _attempt = attempt;
        _end = end;
        Connection = database.Source.CreateConnection();
    }

    /// <summary>Closed until the transaction begins.</summary>
    internal NpgsqlConnection Connection { get; }

    /// <summary>The transaction: begun by the first call, the same for all later ones. Its <see cref="NpgsqlTransaction.Connection"/> is open.</summary>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The transaction, which TaskQueue ends.</returns>
    /// <exception cref="InvalidOperationException">The scope is not that of an attempt.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached, or refuses.</exception>
    public async ValueTask<NpgsqlTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        if (_transaction is not null)
        {
            return _transaction;
        }

        var context = FindAttempt();
        if (Connection.State != ConnectionState.Open)
        {
            await Connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }

        return Join(context, await Connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>As <see cref="BeginAsync"/>, for a <c>DbContext</c> that is used without <c>await</c>.</summary>
    internal NpgsqlTransaction Begin()
    {
        if (_transaction is not null)
        {
            return _transaction;
        }

        var context = FindAttempt();
        if (Connection.State != ConnectionState.Open)
        {
            Connection.Open();
        }

        return Join(context, Connection.BeginTransaction(IsolationLevel.ReadCommitted));
    }

    ValueTask<bool> IAttemptTransaction.CommitAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
    {
        var mark = new DoneMark(key, fencingToken, retention);
        _sending = _end.SendAsync(_transaction!, Connection, mark);
        return _end.CommitAsync(_sending, mark, cancellationToken);
    }

    /// <summary>Rolls back what is not committed. The attempt's scope calls it.</summary>
    /// <returns>When it is done.</returns>
    public ValueTask DisposeAsync()
    {
        if (_sending.IsCompleted)
        {
            return CloseAsync();
        }

        // A commit that is not answered occupies the connection; it was given up, and settled by another one.
        _ = CloseLateAsync();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose()
    {
        using (Connection)
        {
            _transaction?.Dispose();
        }
    }

    private async Task CloseLateAsync()
    {
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask CloseAsync()
    {
        await using (Connection.ConfigureAwait(false))
        {
            if (_transaction is not null)
            {
                await _transaction.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private TaskContext FindAttempt() => _attempt.Context ?? throw new InvalidOperationException(
        $"A '{nameof(PostgreSqlUnitOfWork)}' belongs to an attempt at a task, and this scope is none's. Inject it into a handler, or into what a handler takes from its own scope; elsewhere, begin a transaction of your own.");

    private NpgsqlTransaction Join(TaskContext context, NpgsqlTransaction transaction)
    {
        _transaction = transaction;
        context.Transaction = this;
        return transaction;
    }
}
