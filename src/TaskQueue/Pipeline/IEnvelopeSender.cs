namespace TaskQueue.Pipeline;

/// <summary>
/// Sends tasks that went through the publish pipeline earlier and were kept as envelope and body, as an outbox keeps them: the very message that the pipeline's
/// end would have sent then, by the same way, confirmed. The RabbitMQ project registers one as a singleton; thread-safe.
/// </summary>
internal interface IEnvelopeSender
{
    /// <param name="envelope">As it was written; it knows its task type by name alone, which need be no type of this process.</param>
    /// <param name="body">The serialized task. Not to be changed or reused afterwards: after a cancellation or a timeout it may still be being read.</param>
    /// <param name="cancellationToken">Stops the wait; the task may have been published all the same.</param>
    /// <exception cref="TaskPublishException">The task was not accepted, or its fate is unknown.</exception>
    ValueTask<PublishReceipt> SendAsync(TaskEnvelope envelope, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
