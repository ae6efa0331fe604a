namespace TaskQueue;

/// <summary>What <see cref="IUniqueTaskStore.ConfirmAsync"/> found.</summary>
/// <param name="Stands">Whether the task will run. If not, another one has started first, or has replaced it already.</param>
/// <param name="OtherTaskId">Where it will run, the task that it replaced, if any; else the one that runs in its place.</param>
public readonly record struct UniqueConfirmation(bool Stands, string? OtherTaskId);
