namespace TaskQueue.RabbitMq.Connection;

/// <summary>From which versions on the broker behaves differently, where this project does too.</summary>
internal static class BrokerVersions
{
    /// <summary>The argument x-consumer-timeout of a consumer is known, and a message held too long costs its consumer, not its channel.</summary>
    public static readonly Version HasConsumerTimeout = new(4, 3);

    /// <summary>x-delivery-count counts failed deliveries alone; before, give-backs too.</summary>
    public static readonly Version CountsFailuresAlone = new(4, 3);
}
