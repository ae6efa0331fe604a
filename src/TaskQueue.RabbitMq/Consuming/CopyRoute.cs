using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What must exist before a copy is sent.</summary>
internal enum CopyNeed
{
    /// <summary>What every worker declares or finds at its start.</summary>
    Nothing,

    DelayLine,

    /// <summary>The suspect queue of the delivery's group.</summary>
    SuspectQueue,

    /// <summary>The queue that the delivery came from, or its due queue.</summary>
    OwnQueue,
}

/// <summary>Where a copy goes.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="RoutingKey">The key.</param>
/// <param name="Need">What must exist first.</param>
internal readonly record struct CopyRoute(CachedString Exchange, CachedString RoutingKey, CopyNeed Need = CopyNeed.Nothing);
