namespace TaskQueue.RabbitMq.Publishing;

/// <summary>What sends messages to the broker, and knows how each of them ended: <see cref="MessagePublisher"/>. Apart from it, so that what stands before it runs without a broker.</summary>
internal interface IMessagePublisher
{
    /// <param name="message">The message.</param>
    /// <param name="deadline">In all, waits and reconnects included.</param>
    /// <param name="cancellationToken">Stops the wait, never a write under way.</param>
    /// <exception cref="ObjectDisposedException">The application is shutting down.</exception>
    ValueTask<PublishResult> PublishAsync(OutgoingMessage message, TimeSpan deadline, CancellationToken cancellationToken);
}
