using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Where the copies go that settle deliveries: into the delay line, straight back, to the suspects, or to the dead letters.</summary>
internal sealed class CopyRoutes(TopologyNames names)
{
    private static readonly CachedString DefaultExchange = new("");

    private readonly CachedString _tasks = new(names.TasksExchange);
    private readonly CachedString _dead = new(names.DeadExchange);
    private readonly DelayStages _stages = new(names);

    /// <summary>A retry by policy: its delay is jittered anyway, so it is rounded up to two digits, for fewer hops.</summary>
    public CopyRoute Retry(QueueGroup group, TaskEnvelope envelope, TimeSpan delay) =>
        delay <= TimeSpan.Zero ? Back(group, envelope) : Delayed(DelayRoute.Rounded(Bounded(delay), AddressOf(envelope)));

    /// <summary>A delay that somebody chose.</summary>
    public CopyRoute Exact(QueueGroup group, TaskEnvelope envelope, TimeSpan delay) =>
        delay <= TimeSpan.Zero ? Back(group, envelope) : Delayed(DelayRoute.Exact(Bounded(delay), AddressOf(envelope)));

    public CopyRoute Dead(QueueGroup group) => new(_dead, new CachedString(group.WorkQueue));

    public static CopyRoute Suspect(QueueGroup group) => new(DefaultExchange, new CachedString(group.SuspectQueue), CopyNeed.SuspectQueue);

    /// <summary>To where the delivery came from.</summary>
    public static CopyRoute Own(QueueGroup group, ConsumedQueue queue) =>
        new(DefaultExchange, new CachedString(IsLimited(group) ? TopologyNames.DueQueue(group.WorkQueue) : queue.Name), CopyNeed.OwnQueue);

    private CopyRoute Delayed(DelayRoute route) =>
        new(_stages[route.Stage], new CachedString(route.RoutingKey), CopyNeed.DelayLine);

    /// <summary>A limited queue might refuse its own task; its due queue does not.</summary>
    private CopyRoute Back(QueueGroup group, TaskEnvelope envelope) =>
        IsLimited(group)
            ? new CopyRoute(DefaultExchange, new CachedString(TopologyNames.DueQueue(group.WorkQueue)))
            : new CopyRoute(_tasks, new CachedString(AddressOf(envelope)));

    private static bool IsLimited(QueueGroup group) => group.TaskTypes.Any(type => type.Settings.MaxLength is not null);

    private static string AddressOf(TaskEnvelope envelope) => TopologyNames.Address(envelope.TaskType, envelope.Priority);

    private static TimeSpan Bounded(TimeSpan delay) => delay < DelayRange.Longest ? delay : DelayRange.Longest;
}
