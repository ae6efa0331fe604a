namespace TaskQueue.RabbitMq.Suspects;

/// <summary>What is done with a task, by the crashes in its history.</summary>
internal enum CrashVerdict
{
    /// <summary>It runs where it is.</summary>
    Run,

    /// <summary>It may have crashed its workers: it runs apart from the others.</summary>
    Suspect,

    /// <summary>It crashed its workers when it ran alone: it is dead-lettered.</summary>
    Poison,
}
