namespace TaskQueue.Pipeline;

/// <summary>The core's face to the consumer host: runs one delivery through its task type's pipeline and returns how it ends. Never throws.</summary>
internal sealed class TaskExecutor
{
    /// <param name="envelope">What travelled beside the body.</param>
    /// <param name="body">The body; must stay valid until the returned task is done.</param>
    /// <param name="queue">The queue it came from.</param>
    /// <param name="abort">Cancelled when the handler must stop now (the shutdown's second stage, or a lost connection): the delivery is then given back.</param>
    public ValueTask<TaskOutcome> ExecuteAsync(TaskEnvelope envelope, ReadOnlyMemory<byte> body, string queue, CancellationToken abort) => throw new NotImplementedException();
}
