namespace TaskQueue.RabbitMq.Publishing;

/// <summary>Where a message goes: the broker treats all of one target alike.</summary>
internal readonly record struct PublishTarget(string Exchange, string RoutingKey)
{
    public static PublishTarget Of(PendingPublish pending) => new(pending.Message.Exchange.Value, pending.Message.RoutingKey.Value);
}
