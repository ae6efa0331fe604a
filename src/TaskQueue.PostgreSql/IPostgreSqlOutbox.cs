using Npgsql;

namespace TaskQueue;

/// <summary>Accepts tasks inside a transaction of the application's own: they are published if it commits, and only then. Returning means that the task stands in the
/// table <c>outbox</c>, as part of that transaction; after the commit a relay publishes it, confirmed, under the same task id.</summary>
/// <remarks>A singleton, safe from many threads (a transaction is not); needs no broker. What can be checked is checked here, and the publish middleware runs here, once: the relay
/// sends what was kept. See docs/outbox.md.</remarks>
public interface IPostgreSqlOutbox
{
    /// <summary>Publishes a task with a transaction.</summary>
    /// <typeparam name="TTask">The task's type; a derived object is published as what it is.</typeparam>
    /// <param name="transaction">The transaction, in the database that holds TaskQueue's tables; neither committed nor rolled back here.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Stops the statement. As after any failed statement, the transaction can then only be rolled back.</param>
    /// <returns>The receipt with the task's id. It holds once the transaction has committed.</returns>
    /// <exception cref="TaskSerializationException">The serializer could not write the task.</exception>
    /// <exception cref="TaskTooLargeException">The body or the headers are over the publisher's limits.</exception>
    /// <exception cref="PostgreSqlSetupException">The table is not there.</exception>
    ValueTask<OutboxReceipt> PublishAsync<TTask>(NpgsqlTransaction transaction, TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <inheritdoc cref="PublishAsync{TTask}(NpgsqlTransaction, TTask, CancellationToken)"/>
    /// <param name="options">As for <see cref="ITaskPublisher"/>, but no <see cref="PublishOptions.Unique"/>: whether the task will be published is known only after the commit. A delay counts from this call; what is due later is given to RabbitMQ at once, and waits there.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    ValueTask<OutboxReceipt> PublishAsync<TTask>(NpgsqlTransaction transaction, TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <summary>Publishes a task with a transaction, in order: tasks with the same ordering key reach RabbitMQ in the order in which their transactions commit, and within a
    /// transaction in that of these calls, whatever their types.</summary>
    /// <typeparam name="TTask">The task's type; a derived object is published as what it is.</typeparam>
    /// <param name="transaction">The transaction. It holds the key to its end: another transaction that publishes under the same key waits for it here. Who publishes under several
    /// keys takes them in one order everywhere, else two transactions may deadlock, and PostgreSQL ends one of them.</param>
    /// <param name="task">The task.</param>
    /// <param name="orderingKey">The key, such as an order's number; of any length, not empty.</param>
    /// <param name="options">As for <see cref="ITaskPublisher"/>, but no <see cref="PublishOptions.Unique"/>; null for none. The order is that of publishing: a delay or a priority puts a task elsewhere in its queue.</param>
    /// <param name="cancellationToken">Stops the wait and the statement. As after any failed statement, the transaction can then only be rolled back.</param>
    /// <returns>The receipt with the task's id. It holds once the transaction has committed.</returns>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range, or the key is empty.</exception>
    ValueTask<OutboxReceipt> PublishInOrderAsync<TTask>(NpgsqlTransaction transaction, TTask task, string orderingKey, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <summary>Publishes many tasks with a transaction, in one round trip to the database.</summary>
    /// <typeparam name="TTask">The tasks' type; derived objects are published as what they are.</typeparam>
    /// <param name="transaction">The transaction, in the database that holds TaskQueue's tables; neither committed nor rolled back here.</param>
    /// <param name="tasks">The tasks; enumerated once, before anything is written.</param>
    /// <param name="cancellationToken">Stops the statement. As after any failed statement, the transaction can then only be rolled back.</param>
    /// <returns>A receipt for each task, in order. They hold once the transaction has committed.</returns>
    /// <exception cref="BatchPublishException">Some tasks were not accepted: it lists each with its error. All others are published, if the transaction commits all the same.</exception>
    /// <exception cref="PostgreSqlSetupException">The table is not there.</exception>
    ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(NpgsqlTransaction transaction, IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <inheritdoc cref="PublishManyAsync{TTask}(NpgsqlTransaction, IEnumerable{TTask}, CancellationToken)"/>
    /// <param name="options">Applied to each task; must name no <see cref="PublishOptions.TaskId"/>, no <see cref="PublishOptions.IdempotencyKey"/> and no
    /// <see cref="PublishOptions.Unique"/>, which belong to one task.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(
        NpgsqlTransaction transaction, IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull;
}
