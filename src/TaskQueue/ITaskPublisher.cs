namespace TaskQueue;

/// <summary>Accepts tasks. Returning means that the broker has confirmed a persistent copy in a replicated queue.</summary>
/// <remarks>A singleton, safe from many threads, usable before the host has started and in processes without handlers. It
/// connects on first use. Concurrent calls are pipelined: publish from many callers, or with
/// <see cref="PublishManyAsync{TTask}(IEnumerable{TTask}, PublishOptions, CancellationToken)"/>, rather than one await after another.</remarks>
public interface ITaskPublisher
{
    /// <summary>Publishes a task and waits for the broker's confirm.</summary>
    /// <typeparam name="TTask">The task's type; a derived object is published as what it is.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Stops the wait. A task whose wait was stopped may have been published all the same.</param>
    /// <returns>The receipt with the task's id and route.</returns>
    /// <exception cref="TaskPublishException">The task was not accepted, or its fate is unknown: see the derived types.</exception>
    ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <inheritdoc cref="PublishAsync{TTask}(TTask, CancellationToken)"/>
    /// <param name="options">Priority, delay, keys and headers of this one task.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <summary>Publishes many tasks, pipelined, in their order, and waits for all confirms.</summary>
    /// <typeparam name="TTask">The tasks' type; derived objects are published as what they are.</typeparam>
    /// <param name="tasks">The tasks; enumerated once.</param>
    /// <param name="cancellationToken">Stops the wait; tasks already sent may have been published.</param>
    /// <returns>A receipt for each task, in order.</returns>
    /// <exception cref="BatchPublishException">Some tasks were not accepted: it lists each with its error. All others are published.</exception>
    ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull;

    /// <inheritdoc cref="PublishManyAsync{TTask}(IEnumerable{TTask}, CancellationToken)"/>
    /// <param name="options">Applied to each task; must name no <see cref="PublishOptions.TaskId"/>, no
    /// <see cref="PublishOptions.IdempotencyKey"/> and no <see cref="PublishOptions.Unique"/>, which belong to one task.</param>
    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull;
}
