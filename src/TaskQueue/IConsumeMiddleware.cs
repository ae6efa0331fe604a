namespace TaskQueue;

/// <summary>The rest of the consume pipeline, down to the handler.</summary>
/// <param name="context">The attempt.</param>
/// <param name="cancellationToken">Cancelled at the timeout or when the worker must stop.</param>
/// <returns>How the delivery ends.</returns>
public delegate ValueTask<TaskOutcome> ConsumeDelegate(TaskContext context, CancellationToken cancellationToken);

/// <summary>A step of your own around handlers: auditing, tenancy, feature flags.</summary>
/// <remarks>Registered with <see cref="TaskQueueBuilder.Use{TMiddleware}"/> for all task types or with
/// <see cref="TaskOptions.Use{TMiddleware}"/> for one. It is resolved from the attempt's scope, after the body was read and
/// before the handler is created; steps run in the order of their registration, those for all task types first.</remarks>
public interface IConsumeMiddleware
{
    /// <summary>Does its part, and calls <paramref name="next"/> once to go on, or not at all to end the delivery here.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <param name="cancellationToken">Pass it on.</param>
    /// <returns>The outcome of <paramref name="next"/>, or another one. An exception is a failed attempt.</returns>
    ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken);
}
