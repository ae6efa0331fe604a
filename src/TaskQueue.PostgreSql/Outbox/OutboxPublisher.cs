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

    public ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(NpgsqlTransaction transaction, IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull => PublishManyAsync(transaction, tasks, options: null, cancellationToken);

    public ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(
        NpgsqlTransaction transaction, IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull
    {
        var connection = ConnectionOf(transaction);
        return keeper.KeepManyAsync(tasks, options, (kept, token) => new ValueTask(table.InsertAsync(connection, transaction, kept, token)), cancellationToken);
    }

    private ValueTask<OutboxReceipt> KeepAsync(NpgsqlTransaction transaction, object task, string? orderingKey, PublishOptions? options, CancellationToken cancellationToken)
    {
        var connection = ConnectionOf(transaction);
        return keeper.KeepAsync(task, orderingKey, options, (kept, token) => new ValueTask(table.InsertAsync(connection, transaction, kept, token)), cancellationToken);
    }

    private static NpgsqlConnection ConnectionOf(NpgsqlTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        try
        {
            return transaction.Connection ?? throw HasEnded();
        }
        catch (ObjectDisposedException)
        {
            throw HasEnded();
        }

        static ArgumentException HasEnded() => new("The transaction has ended. Publish before it commits: the task then leaves with it.", nameof(transaction));
    }
}
