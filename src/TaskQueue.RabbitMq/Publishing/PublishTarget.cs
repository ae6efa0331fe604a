using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>What stands for the queue that a message goes to: its exchange and routing key; in the delay line, where hardly two keys are the same, the part of it that chooses the delay queue.</summary>
internal readonly record struct PublishTarget(string Exchange, string RoutingKey)
{
    public static PublishTarget Of(OutgoingMessage message, TopologyNames names)
    {
        var (exchange, key) = (message.Exchange.Value, message.RoutingKey.Value);
        return new(exchange, names.IsDelayStage(exchange) ? DelayRoute.FirstHop(key) : key);
    }
}
