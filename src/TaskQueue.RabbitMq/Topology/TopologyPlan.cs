namespace TaskQueue.RabbitMq.Topology;

/// <summary>What is to exist on the broker, in the order of declaration. Pure data: declared, verified, exported and drawn from this alone.</summary>
internal sealed record TopologyPlan(
    IReadOnlyList<ExchangePlan> Exchanges,
    IReadOnlyList<QueuePlan> Queues,
    IReadOnlyList<BindingPlan> Bindings)
{
    public static IReadOnlyDictionary<string, object?> NoArguments { get; } = new Dictionary<string, object?>();

    /// <summary>All these plans, what they share once, in the order of the first mention.</summary>
    public static TopologyPlan Of(params IReadOnlyCollection<TopologyPlan> plans) => new(
        [.. plans.SelectMany(plan => plan.Exchanges).DistinctBy(exchange => exchange.Name)],
        [.. plans.SelectMany(plan => plan.Queues).DistinctBy(queue => queue.Name)],
        [.. plans.SelectMany(plan => plan.Bindings).Distinct()]);

    /// <summary>Both plans, as <see cref="Of"/> does it. For a few: each call looks at everything.</summary>
    public TopologyPlan With(TopologyPlan other) => Of(this, other);
}

/// <param name="Name">Its name.</param>
/// <param name="Type">direct, topic, fanout or headers.</param>
/// <param name="Arguments">Declaration arguments.</param>
internal sealed record ExchangePlan(string Name, string Type, IReadOnlyDictionary<string, object?> Arguments);

/// <param name="Name">Its name.</param>
/// <param name="Arguments">Declaration arguments; numbers are <see cref="long"/>.</param>
internal sealed record QueuePlan(string Name, IReadOnlyDictionary<string, object?> Arguments);

/// <param name="Source">The exchange.</param>
/// <param name="Destination">A queue, or an exchange.</param>
/// <param name="ToExchange">Which of the two.</param>
/// <param name="RoutingKey">The key or pattern.</param>
internal sealed record BindingPlan(string Source, string Destination, bool ToExchange, string RoutingKey);
