namespace TaskQueue;

/// <summary>Lets at most one task of a type and key be accepted in a window: <see cref="PublishOptions.Unique"/>.</summary>
/// <remarks>Kept in the store of <c>UseRedisIdempotency</c> or <c>UsePostgreSqlIdempotency</c>; without one, in the memory of this process, where it is of use only to a process
/// that publishes and works by itself. It spares work, and does not guard an effect: that is the duty of <see cref="PublishOptions.IdempotencyKey"/>.</remarks>
public sealed record UniqueOptions
{
    /// <summary>Names the work, within the task type; compared by its characters. Of any length but empty: what has more than 200 bytes of UTF-8, or control
    /// characters, is kept as its hash.</summary>
    public required string Key { get; init; }

    /// <summary>How long after its publication the task has the key, done or not: 1 second to 365 days. Default 1 hour. A delayed task whose window ends before its due time has it
    /// no longer when it runs.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What becomes of this task where an earlier one has the key. Default <see cref="DuplicateAction.Skip"/>.</summary>
    public DuplicateAction OnDuplicate { get; init; }
}
