using Npgsql;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>The users' outbox: keeps each task with one statement of their transaction. A singleton; thread-safe.</summary>
internal sealed class OutboxPublisher(TaskKeeper keeper, OutboxTable table) : IPostgreSqlOutbox
{
    public ValueTask<OutboxReceipt> PublishAsync<TTask>(NpgsqlTransaction transaction, TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull => KeepAsync(transaction, task, orderingKey: null, options: null, cancellationToken);

    public ValueTask<OutboxReceipt> PublishAsync<TTask>(NpgsqlTransaction transaction, TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => KeepAsync(transaction, task, orderingKey: null, options, cancellationToken);

    public ValueTask<OutboxReceipt> PublishInOrderAsync<TTask>(
        NpgsqlTransaction transaction, TTask task, string orderingKey, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(orderingKey);
        return KeepAsync(transaction, task, orderingKey, options, cancellationToken);
    }

    private ValueTask<OutboxReceipt> KeepAsync(NpgsqlTransaction transaction, object task, string? orderingKey, PublishOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var connection = ConnectionOf(transaction) ?? throw new ArgumentException("The transaction has ended. Publish before it commits: the task then leaves with it.", nameof(transaction));
        return keeper.KeepAsync(task, orderingKey, options, (kept, token) => new ValueTask(table.InsertAsync(connection, transaction, kept, token)), cancellationToken);
    }

    private static NpgsqlConnection? ConnectionOf(NpgsqlTransaction transaction)
    {
        try
        {
            return transaction.Connection;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
