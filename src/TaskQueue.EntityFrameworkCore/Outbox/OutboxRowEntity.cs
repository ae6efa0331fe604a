namespace TaskQueue.EntityFrameworkCore.Outbox;

/// <summary>A row of the table <c>outbox</c> as Entity Framework inserts it, with the other changes of the context. What it leaves out is the database's.</summary>
internal sealed class OutboxRowEntity
{
    /// <summary>Given by the database, which draws it in order.</summary>
    public long Id { get; private set; }

    public string? OrderingKey { get; init; }

    public required string TaskId { get; init; }

    public required string TaskType { get; init; }

    public required string Envelope { get; init; }

    public required byte[] Body { get; init; }
}
