namespace TaskQueue;

/// <summary>
/// Remembers which task has a unique key, so that of several that are published only one runs. A key is free, or one task's: reserved while that is being published, then
/// waiting, then started, until the window ends. A place in line (<see cref="UniqueReservation.Position"/>) tells a task that was replaced from one that is still to replace, so
/// that nothing need be kept of those which were.
/// </summary>
/// <remarks>A singleton, safe from many threads. All times are the store's own clock's. Each call is atomic, and one round trip. A call that fails throws; the caller bounds how
/// long it waits for an answer. A store that forgets loses no task: what it does not know runs. Ids of tasks have the form of
/// <see cref="UniqueKey.Value"/>; those that have not reach a store as their hash.</remarks>
public interface IUniqueTaskStore
{
    /// <summary>Takes the key where it is free, before the task is published.</summary>
    /// <param name="key">The work.</param>
    /// <param name="taskId">The task that is to be published.</param>
    /// <param name="hold">How long the key is the task's, from now, when its publisher is never heard of again; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait; the key may have been taken all the same.</param>
    /// <returns>What was found.</returns>
    ValueTask<UniqueReservation> ReserveAsync(UniqueKey key, string taskId, TimeSpan hold, CancellationToken cancellationToken);

    /// <summary>The broker has the task: it has the key for the window from now on; and where another one of an earlier place has it which has not started, it replaces that.</summary>
    /// <param name="key">The work.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="position">Its place, by <see cref="ReserveAsync"/>.</param>
    /// <param name="window">How long; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether it will run, and which other one is concerned.</returns>
    ValueTask<UniqueConfirmation> ConfirmAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken);

    /// <summary>The broker does not have the task: the key is free, where the task has it and was neither confirmed nor started.</summary>
    /// <param name="key">The work.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the task had it.</returns>
    ValueTask<bool> CancelAsync(UniqueKey key, string taskId, CancellationToken cancellationToken);

    /// <summary>A worker is to run the task. Where that has the key, it is marked as started; where another one of an earlier place has it which has not started, the task
    /// replaces that, and is marked as started.</summary>
    /// <param name="key">The work.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="position">Its place, which travelled with it.</param>
    /// <param name="window">How long it then has the key, where its publisher has not confirmed it; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether it may run. A later attempt at a task that has started gets the same answer.</returns>
    ValueTask<UniqueStart> StartAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken);
}
