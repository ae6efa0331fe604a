using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>The plan's records as AMQP requests.</summary>
internal static class TopologyRequests
{
    public static Task<Refusal?> DeclareAsync(this TopologyChannel channel, ExchangePlan exchange) =>
        channel.TryAsync((ch, token) =>
            ch.ExchangeDeclareAsync(exchange.Name, exchange.Type, durable: true, autoDelete: false, ToTable(exchange.Arguments), cancellationToken: token));

    public static Task<Refusal?> DeclareAsync(this TopologyChannel channel, QueuePlan queue) =>
        channel.TryAsync((ch, token) =>
            ch.QueueDeclareAsync(queue.Name, durable: true, exclusive: false, autoDelete: false, ToTable(queue.Arguments), cancellationToken: token));

    public static Task<Refusal?> FindExchangeAsync(this TopologyChannel channel, string name) =>
        channel.TryAsync((ch, token) => ch.ExchangeDeclarePassiveAsync(name, token));

    public static Task<Refusal?> FindQueueAsync(this TopologyChannel channel, string name) =>
        channel.TryAsync((ch, token) => ch.QueueDeclarePassiveAsync(name, token));

    public static Task<Refusal?> BindAsync(this TopologyChannel channel, BindingPlan binding) =>
        channel.TryAsync((ch, token) => binding.ToExchange
            ? ch.ExchangeBindAsync(binding.Destination, binding.Source, binding.RoutingKey, cancellationToken: token)
            : ch.QueueBindAsync(binding.Destination, binding.Source, binding.RoutingKey, cancellationToken: token));

    /// <summary>Does nothing where the binding or its queue does not exist.</summary>
    public static Task<Refusal?> UnbindAsync(this TopologyChannel channel, string queue, string exchange, string routingKey) =>
        channel.TryAsync((ch, token) => ch.QueueUnbindAsync(queue, exchange, routingKey, cancellationToken: token));

    private static Dictionary<string, object?> ToTable(IReadOnlyDictionary<string, object?> arguments) => new(arguments);
}
