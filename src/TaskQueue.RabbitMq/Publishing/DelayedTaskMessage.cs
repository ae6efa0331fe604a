using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A task for later. Its way through the delay line is computed from the due time each time it is sent, so that neither a wait in the
/// window nor a reconnect makes it late.</summary>
internal sealed class DelayedTaskMessage : TaskMessage
{
    private readonly DelayStages _stages;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _dueAt;
    private readonly string _address;
    private long _units;

    [SetsRequiredMembers]
    public DelayedTaskMessage(TaskEnvelope envelope, DateTimeOffset dueAt, string address, ReadOnlyMemory<byte> body, DelayStages stages, TimeProvider time)
        : base(envelope)
    {
        _dueAt = dueAt;
        _address = address;
        _stages = stages;
        _time = time;
        Body = body;
        _units = UnitsLeft();
        (Exchange, RoutingKey) = Route();
    }

    public override void ChooseRoute()
    {
        if (UnitsLeft() is var units && units != _units)
        {
            _units = units;
            (Exchange, RoutingKey) = Route();
        }
    }

    private long UnitsLeft() => DelayRoute.UnitsUntilDue(_dueAt - _time.GetUtcNow());

    private (CachedString Exchange, CachedString RoutingKey) Route()
    {
        var route = DelayRoute.Of(_units, _address);
        return (_stages[route.Stage], new CachedString(route.RoutingKey));
    }
}
