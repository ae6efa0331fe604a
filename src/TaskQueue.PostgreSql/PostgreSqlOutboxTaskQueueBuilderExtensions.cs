using Npgsql;
using TaskQueue.PostgreSql;
using TaskQueue.PostgreSql.Outbox;

namespace TaskQueue;

/// <summary>Gives TaskQueue a transactional outbox in PostgreSQL. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class PostgreSqlOutboxTaskQueueBuilderExtensions
{
    /// <summary>Adds <see cref="IPostgreSqlOutbox"/> and its relay, in the database that <c>UsePostgreSqlIdempotency</c> names, else of the configuration section <c>TaskQueue:PostgreSql</c>, else of the
    /// application's <see cref="NpgsqlDataSource"/>.</summary>
    /// <param name="queue">The builder.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlOutbox(this TaskQueueBuilder queue) => queue.UsePostgreSqlOutbox(static _ => { });

    /// <summary>Adds <see cref="IPostgreSqlOutbox"/> and its relay.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="connectionString">As <see cref="PostgreSqlOptions.ConnectionString"/>: the database in which the application's own transactions are. Where <c>UsePostgreSqlIdempotency</c> names one, too, it
    /// must be the same. The relay keeps one connection.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlOutbox(this TaskQueueBuilder queue, string connectionString) => queue.UsePostgreSqlOutbox(connectionString, static _ => { });

    /// <summary>Adds <see cref="IPostgreSqlOutbox"/> and its relay, with further settings.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="connectionString">As <see cref="PostgreSqlOptions.ConnectionString"/>: the database in which the application's own transactions are. Where <c>UsePostgreSqlIdempotency</c> names one, too, it
    /// must be the same. The relay keeps one connection.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlOutbox(this TaskQueueBuilder queue, string connectionString, Action<PostgreSqlOutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        queue.UsePostgreSqlOutbox(configure);
        PostgreSqlServices.OutboxOf(queue).Name(connectionString);
        return queue;
    }

    /// <summary>Adds <see cref="IPostgreSqlOutbox"/> and its relay.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="dataSource">As <see cref="PostgreSqlOptions.DataSource"/>, of the same database as <c>UsePostgreSqlIdempotency</c> names. The relay keeps one connection.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlOutbox(this TaskQueueBuilder queue, NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        queue.UsePostgreSqlOutbox(static _ => { });
        PostgreSqlServices.OutboxOf(queue).Name(dataSource);
        return queue;
    }

    /// <summary>Adds <see cref="IPostgreSqlOutbox"/> and its relay with the given settings. Repeated calls add up; the last value wins.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlOutbox(this TaskQueueBuilder queue, Action<PostgreSqlOutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(configure);
        configure(OutboxServices.OptionsOf(queue));
        return queue;
    }
}
