namespace TaskQueue.PostgreSql.Outbox;

/// <summary>What a relay knows of the <see cref="CommitBell"/>.</summary>
internal enum BellState
{
    /// <summary>Commits may not ring.</summary>
    Silent,

    /// <summary>It is ours: each commit rings until we free it.</summary>
    Ours,

    /// <summary>Another relay had it when we asked. When that one frees it, it has heard a ring, as we have, or looks by itself; when it dies, the poll is the net.</summary>
    Others,
}
