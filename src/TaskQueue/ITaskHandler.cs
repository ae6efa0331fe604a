namespace TaskQueue;

/// <summary>Does the work of one task type.</summary>
/// <typeparam name="TTask">The task: a record, class or struct that a <see cref="ITaskSerializer"/> can write.</typeparam>
/// <remarks>
/// A handler is created for each attempt, in a dependency-injection scope of its own. One class may implement this interface
/// for several task types; one task type has exactly one handler. Delivery is at least once: the same task can come twice
/// after a crash or a lost connection, so effects should be idempotent.
/// </remarks>
public interface ITaskHandler<in TTask>
{
    /// <summary>Runs one attempt of the task.</summary>
    /// <param name="task">The task as it was published.</param>
    /// <param name="context">What is known about this attempt, and the means to steer how it ends.</param>
    /// <param name="cancellationToken">Cancelled when the task type's timeout has passed (the attempt then counts as failed) or
    /// when the worker must stop (the task is then given back and spends no attempt). It belongs to this attempt: do not hand it to work that
    /// goes on after the returned task has ended, because its source is used again for later attempts.</param>
    /// <returns>A task that completes when the work is done. Returning completes the task, unless the context was asked to end
    /// it otherwise; throwing lets the retry policy decide.</returns>
    Task HandleAsync(TTask task, TaskContext context, CancellationToken cancellationToken);
}
