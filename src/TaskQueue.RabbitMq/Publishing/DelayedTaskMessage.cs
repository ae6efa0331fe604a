using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A task for later. Its way through the delay line is computed from the due time each time it is sent, so that neither a wait in the
/// window nor a reconnect makes it late.</summary>
internal sealed class DelayedTaskMessage : TaskMessage
{
    private readonly TopologyNames _names;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _dueAt;
    private readonly string _address;

    [SetsRequiredMembers]
    public DelayedTaskMessage(TaskEnvelope envelope, DateTimeOffset dueAt, string address, ReadOnlyMemory<byte> body, TopologyNames names, TimeProvider time)
        : base(envelope)
    {
        _dueAt = dueAt;
        _address = address;
        _names = names;
        _time = time;
        Body = body;
        (Exchange, RoutingKey) = Route();
    }

    public override void ChooseRoute() => (Exchange, RoutingKey) = Route();

    private (CachedString Exchange, CachedString RoutingKey) Route()
    {
        var route = DelayRoute.Exact(_dueAt - _time.GetUtcNow(), _address);
        return (new CachedString(_names.DelayExchange(route.Stage)), new CachedString(route.RoutingKey));
    }
}
