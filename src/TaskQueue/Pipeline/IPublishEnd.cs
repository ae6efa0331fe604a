namespace TaskQueue.Pipeline;

/// <summary>The end of the publish pipeline: writes the body and sends it. The RabbitMQ project registers one as a singleton.</summary>
internal interface IPublishEnd
{
    /// <exception cref="TaskPublishException">The task was not accepted, or its fate is unknown.</exception>
    ValueTask<PublishReceipt> SendAsync(PublishContext context, CancellationToken cancellationToken);
}
