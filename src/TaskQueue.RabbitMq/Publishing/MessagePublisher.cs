namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Publishes messages on one channel of its own: confirmed, mandatory, persistent, pipelined, within a window and a deadline, and
/// across reconnects (an unconfirmed message of a lost connection goes out again with the same task id). One serves the users' publishes,
/// another one the copies that settle deliveries, so that neither starves the other. Thread-safe; never throws but for the caller's own cancellation.
/// </summary>
internal sealed class MessagePublisher
{
    /// <param name="message">The message.</param>
    /// <param name="deadline">In all, waits and reconnects included.</param>
    /// <param name="cancellationToken">Stops the wait, never a write under way.</param>
    public ValueTask<PublishResult> PublishAsync(OutgoingMessage message, TimeSpan deadline, CancellationToken cancellationToken) => throw new NotImplementedException();
}
