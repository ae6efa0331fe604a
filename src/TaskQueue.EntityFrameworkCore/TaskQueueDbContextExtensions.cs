using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using TaskQueue.EntityFrameworkCore.Outbox;
using TaskQueue.PostgreSql.Outbox;

namespace TaskQueue;

/// <summary>Publishes tasks with the changes of a <see cref="DbContext"/>. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
/// <remarks>The context is registered with <c>AddDbContext</c> beside <c>queue.UsePostgreSqlOutbox(…)</c>, and its model has the outbox
/// (<see cref="TaskQueueModelBuilderExtensions.AddTaskQueueOutbox(ModelBuilder)"/>). See <see cref="IPostgreSqlOutbox"/> for what it promises.</remarks>
public static class TaskQueueDbContextExtensions
{
    /// <summary>Adds a task to the context: <c>SaveChanges</c> writes it with everything else, in the context's transaction or in its own, and with that commit it is published.</summary>
    /// <typeparam name="TTask">The task's type; a derived object is published as what it is.</typeparam>
    /// <param name="context">The context.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">For the publish middleware; nothing is sent to the database here.</param>
    /// <returns>The receipt with the task's id. It holds once the changes are saved and committed.</returns>
    /// <exception cref="InvalidOperationException">The model has no outbox, or the application has none.</exception>
    /// <exception cref="TaskSerializationException">The serializer could not write the task.</exception>
    /// <exception cref="TaskTooLargeException">The body or the headers are over the publisher's limits.</exception>
    public static ValueTask<OutboxReceipt> PublishAsync<TTask>(this DbContext context, TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull => context.KeepAsync(task, orderingKey: null, options: null, cancellationToken);

    /// <inheritdoc cref="PublishAsync{TTask}(DbContext, TTask, CancellationToken)"/>
    /// <param name="options">As for <see cref="ITaskPublisher"/>. A delay counts from this call.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    public static ValueTask<OutboxReceipt> PublishAsync<TTask>(this DbContext context, TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => context.KeepAsync(task, orderingKey: null, options, cancellationToken);

    /// <summary>Adds a task to the context, in order: see <see cref="IPostgreSqlOutbox.PublishInOrderAsync"/>. The key is taken by <c>SaveChanges</c>.</summary>
    /// <typeparam name="TTask">The task's type; a derived object is published as what it is.</typeparam>
    /// <param name="context">The context.</param>
    /// <param name="task">The task.</param>
    /// <param name="orderingKey">The key, such as an order's number; of any length, not empty.</param>
    /// <param name="options">As for <see cref="ITaskPublisher"/>; null for none.</param>
    /// <param name="cancellationToken">For the publish middleware; nothing is sent to the database here.</param>
    /// <returns>The receipt with the task's id. It holds once the changes are saved and committed.</returns>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range, or the key is empty.</exception>
    public static ValueTask<OutboxReceipt> PublishInOrderAsync<TTask>(
        this DbContext context, TTask task, string orderingKey, PublishOptions? options = null, CancellationToken cancellationToken = default)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(orderingKey);
        return context.KeepAsync(task, orderingKey, options, cancellationToken);
    }

    /// <summary>Adds many tasks to the context: <c>SaveChanges</c> writes them with everything else, and with that commit they are published.</summary>
    /// <typeparam name="TTask">The tasks' type; derived objects are published as what they are.</typeparam>
    /// <param name="context">The context.</param>
    /// <param name="tasks">The tasks; enumerated once.</param>
    /// <param name="cancellationToken">For the publish middleware; nothing is sent to the database here.</param>
    /// <returns>A receipt for each task, in order. They hold once the changes are saved and committed.</returns>
    /// <exception cref="BatchPublishException">Some tasks were not accepted: it lists each with its error. All others are in the context.</exception>
    /// <exception cref="InvalidOperationException">The model has no outbox, or the application has none.</exception>
    public static ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(this DbContext context, IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull => context.PublishManyAsync(tasks, options: null, cancellationToken);

    /// <inheritdoc cref="PublishManyAsync{TTask}(DbContext, IEnumerable{TTask}, CancellationToken)"/>
    /// <param name="options">Applied to each task; must name no <see cref="PublishOptions.TaskId"/>, no <see cref="PublishOptions.IdempotencyKey"/> and no
    /// <see cref="PublishOptions.Unique"/>, which belong to one task.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    public static ValueTask<IReadOnlyList<OutboxReceipt>> PublishManyAsync<TTask>(
        this DbContext context, IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => KeeperOf(context).KeepManyAsync(tasks, options, (kept, _) => Add(context, kept), cancellationToken);

    private static ValueTask<OutboxReceipt> KeepAsync(this DbContext context, object task, string? orderingKey, PublishOptions? options, CancellationToken cancellationToken) =>
        KeeperOf(context).KeepAsync(task, orderingKey, options, (kept, _) => Add(context, [kept]), cancellationToken);

    private static TaskKeeper KeeperOf(DbContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Model.FindEntityType(typeof(OutboxRowEntity)) is null)
        {
            throw new InvalidOperationException($"The model of '{context.GetType().Name}' has no outbox. Call 'modelBuilder.AddTaskQueueOutbox()' in its 'OnModelCreating'.");
        }

        return context.GetService<IDbContextOptions>().FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider?.GetService(typeof(TaskKeeper)) as TaskKeeper
            ?? throw new InvalidOperationException($"The services of '{context.GetType().Name}' have no outbox. Register the context with 'AddDbContext' in the services that have 'AddTaskQueue(queue => queue.UsePostgreSqlOutbox(…))'.");
    }

    private static ValueTask Add(DbContext context, IReadOnlyList<KeptTask> tasks)
    {
        context.AddRange(tasks.Select(kept => new OutboxRowEntity { OrderingKey = kept.OrderingKey, TaskId = kept.TaskId, TaskType = kept.TaskType, Envelope = kept.Envelope, Body = kept.Body }));
        return ValueTask.CompletedTask;
    }
}
