using Microsoft.EntityFrameworkCore;
using TaskQueue.EntityFrameworkCore.Outbox;

namespace TaskQueue;

/// <summary>Makes TaskQueue's outbox part of a model. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class TaskQueueModelBuilderExtensions
{
    /// <summary>Maps the outbox in the schema <c>taskqueue</c>. Call it in <c>OnModelCreating</c>.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The same model.</returns>
    public static ModelBuilder AddTaskQueueOutbox(this ModelBuilder model) => model.AddTaskQueueOutbox(PostgreSqlSchema.DefaultName);

    /// <summary>Maps the outbox in a schema. Call it in <c>OnModelCreating</c>. The table is no part of the context's migrations: TaskQueue makes it (<see cref="PostgreSqlSchema.MigrationSql()"/>).</summary>
    /// <param name="model">The model.</param>
    /// <param name="schema">As <see cref="PostgreSqlOptions.Schema"/>.</param>
    /// <returns>The same model.</returns>
    public static ModelBuilder AddTaskQueueOutbox(this ModelBuilder model, string schema)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return model.Entity<OutboxRowEntity>(row =>
        {
            row.ToTable("outbox", schema, table => table.ExcludeFromMigrations());
            row.HasKey(kept => kept.Id);
            row.Property(kept => kept.Id).HasColumnName("id").ValueGeneratedOnAdd();
            row.Property(kept => kept.OrderingKey).HasColumnName("ordering_key");
            row.Property(kept => kept.TaskId).HasColumnName("task_id");
            row.Property(kept => kept.TaskType).HasColumnName("task_type");
            row.Property(kept => kept.Envelope).HasColumnName("envelope").HasColumnType("json");
            row.Property(kept => kept.Body).HasColumnName("body");
        });
    }
}
