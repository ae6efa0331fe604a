using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Where a copy goes.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="RoutingKey">The key.</param>
/// <param name="Delayed">Whether the delay line must exist first.</param>
internal readonly record struct CopyRoute(CachedString Exchange, CachedString RoutingKey, bool Delayed);
