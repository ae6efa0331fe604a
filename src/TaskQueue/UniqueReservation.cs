namespace TaskQueue;

/// <summary>What <see cref="IUniqueTaskStore.ReserveAsync"/> found.</summary>
/// <param name="State">How it found the key.</param>
/// <param name="Position">The task's place among all that asked for the key, greater than that of every earlier one; it travels with the task. Where the task had the key already,
/// its place of then.</param>
/// <param name="OtherTaskId">The task that has the key, where it is another one.</param>
public readonly record struct UniqueReservation(UniqueState State, long Position, string? OtherTaskId);
