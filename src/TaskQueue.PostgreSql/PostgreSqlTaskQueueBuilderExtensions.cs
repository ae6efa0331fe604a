using TaskQueue.PostgreSql;
using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.PostgreSql.Unique;

namespace TaskQueue;

/// <summary>Gives TaskQueue a memory in PostgreSQL. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class PostgreSqlTaskQueueBuilderExtensions
{
    /// <summary>Remembers effects, and unique tasks, in the database that <c>UsePostgreSqlOutbox</c> names, else of the configuration section <c>TaskQueue:PostgreSql</c>, else of the application's
    /// <see cref="Npgsql.NpgsqlDataSource"/>.</summary>
    /// <param name="queue">The builder.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlIdempotency(this TaskQueueBuilder queue) => queue.UsePostgreSqlIdempotency(static _ => { });

    /// <summary>Remembers effects, and unique tasks, in a database.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="connectionString">As <see cref="PostgreSqlOptions.ConnectionString"/>. Where <c>UsePostgreSqlOutbox</c> names a database, too, it must be the same.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlIdempotency(this TaskQueueBuilder queue, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return queue.UsePostgreSqlIdempotency(postgres => postgres.ConnectionString = connectionString);
    }

    /// <summary>Remembers effects, and unique tasks, in PostgreSQL with the given settings. Repeated calls add up; the last value wins.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UsePostgreSqlIdempotency(this TaskQueueBuilder queue, Action<PostgreSqlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(configure);
        configure(PostgreSqlServices.OptionsOf(queue));
        queue.Services.AddIdempotency();
        queue.Services.AddUniqueTasks();
        return queue;
    }
}
