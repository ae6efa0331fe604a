using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>
/// The names that a process must be allowed to configure, write and read, worked out from its plan by RabbitMQ's rules
/// (https://www.rabbitmq.com/docs/access-control): to declare takes configure; an alternate or dead-letter exchange, write on it and read on what has it; a
/// binding, write on its destination and read on its source.
/// </summary>
internal sealed record UserNeeds(IReadOnlySet<string> Configure, IReadOnlySet<string> Write, IReadOnlySet<string> Read)
{
    private static readonly TopologyNames Of = new("tq");

    /// <summary>Stands for all stages: a delay enters the line at any.</summary>
    private static IEnumerable<string> DelayExchanges => Enumerable.Range(0, 10).Select(Of.DelayExchange);

    public static UserNeeds ForPublishing { get; } = new(Set(), Set(Of.TasksExchange), Set());

    public static UserNeeds ForDelaying { get; } = new(Set(), Set(DelayExchanges), Set());

    public static UserNeeds ForSettling { get; } = new(Set(), Set(Of.DeadExchange, "amq.default"), Set());

    public static UserNeeds ForConsuming(IEnumerable<TaskTypeModel> taskTypes) =>
        new(Set(), Set(), Set(QueueGrouping.Of(Of, taskTypes).SelectMany(group => group.Queues.Where(queue => !queue.Optional).Select(queue => queue.Name).Append(group.SuspectQueue))));

    public static UserNeeds ForDeclaring(TopologyPlan plan) => new(
        Set(plan.Exchanges.Select(exchange => exchange.Name).Concat(plan.Queues.Select(queue => queue.Name))),
        Set(Targets(plan).Select(pair => pair.Target).Concat(plan.Bindings.Select(binding => binding.Destination))),
        Set(Targets(plan).Select(pair => pair.Owner).Concat(plan.Bindings.Select(binding => binding.Source))));

    public UserNeeds And(UserNeeds other) =>
        new(Set(Configure.Concat(other.Configure)), Set(Write.Concat(other.Write)), Set(Read.Concat(other.Read)));

    /// <summary>What has an alternate or a dead-letter exchange, and that exchange.</summary>
    private static IEnumerable<(string Owner, string Target)> Targets(TopologyPlan plan) =>
        plan.Exchanges.Select(exchange => (exchange.Name, exchange.Arguments.GetValueOrDefault("alternate-exchange")))
            .Concat(plan.Queues.Select(queue => (queue.Name, queue.Arguments.GetValueOrDefault("x-dead-letter-exchange"))))
            .Where(pair => pair.Item2 is not null)
            .Select(pair => (pair.Name, (string)pair.Item2!));

    private static HashSet<string> Set(params IEnumerable<string> names) => [.. names];
}
