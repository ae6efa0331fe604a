using RabbitMQ.Client;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Delays;

/// <summary>The names of the delay line's exchanges by stage, as the client sends them, encoded once.</summary>
internal sealed class DelayStages(TopologyNames names)
{
    private readonly CachedString[] _exchanges = [.. Enumerable.Range(0, DelayRoute.Digits).Select(stage => new CachedString(names.DelayExchange(stage)))];

    public CachedString this[int stage] => _exchanges[stage];
}
