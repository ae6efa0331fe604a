using TaskQueue.RabbitMq.Topology;

namespace TaskQueue;

/// <summary>Exchanges, queues and bindings of the user's own, beside the framework's: <c>rabbit.Topology.AddExchange(…)</c>. All are durable; queues are quorum
/// queues unless an argument says otherwise. They are declared or verified at each start of a worker (<see cref="TopologyMode"/>; a process that
/// only publishes does neither), after the framework's own, and exported with them.</summary>
/// <remarks>Names are checked at start, with all other settings: at most 255 bytes, none of the framework's or the broker's (<c>amq.</c>), none
/// twice.</remarks>
public sealed class UserTopology
{
    private static readonly string[] Types = ["direct", "topic", "fanout", "headers"];
    private readonly List<ExchangePlan> _exchanges = [];
    private readonly List<QueuePlan> _queues = [];
    private readonly List<BindingPlan> _bindings = [];

    /// <summary>Adds a durable exchange.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type"><c>direct</c>, <c>topic</c>, <c>fanout</c>, <c>headers</c>, or a plugin's type, which starts with <c>x-</c>.</param>
    /// <param name="arguments">Declaration arguments, such as <c>alternate-exchange</c>. They cannot be changed once the exchange exists.</param>
    /// <returns>This topology.</returns>
    public UserTopology AddExchange(string name, string type, IReadOnlyDictionary<string, object?>? arguments = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(type);
        _exchanges.Add(new(name, type, Sorted(arguments)));
        return this;
    }

    /// <summary>Adds a durable queue: a quorum queue, unless <paramref name="arguments"/> hold another <c>x-queue-type</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Declaration arguments; whole numbers as <see cref="int"/> or <see cref="long"/>. They cannot be changed once the
    /// queue exists: what may change belongs in a policy.</param>
    /// <returns>This topology.</returns>
    public UserTopology AddQueue(string name, IReadOnlyDictionary<string, object?>? arguments = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var all = Sorted(arguments);
        all.TryAdd(QueueArguments.QueueType, "quorum");
        _queues.Add(new(name, all));
        return this;
    }

    /// <summary>Binds a queue to an exchange; either may be the framework's, as in a copy of all tasks of one type: <c>BindQueue("audit",
    /// "tq.tasks", "invoices.send.normal")</c>.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="exchange">The exchange that the messages come from.</param>
    /// <param name="routingKey">The key or pattern; empty for a fanout exchange.</param>
    /// <returns>This topology.</returns>
    public UserTopology BindQueue(string queue, string exchange, string routingKey) => Bind(exchange, queue, toExchange: false, routingKey);

    /// <summary>Binds an exchange to another one.</summary>
    /// <param name="destination">The exchange that the messages go to.</param>
    /// <param name="source">The exchange that they come from.</param>
    /// <param name="routingKey">The key or pattern; empty for a fanout exchange.</param>
    /// <returns>This topology.</returns>
    public UserTopology BindExchange(string destination, string source, string routingKey) => Bind(source, destination, toExchange: true, routingKey);

    internal TopologyPlan ToPlan() => new(_exchanges, _queues, _bindings);

    internal static bool IsKnownType(string type) => Types.Contains(type) || type.StartsWith("x-", StringComparison.Ordinal);

    private UserTopology Bind(string source, string destination, bool toExchange, string routingKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        ArgumentNullException.ThrowIfNull(routingKey);
        _bindings.Add(new(source, destination, toExchange, routingKey));
        return this;
    }

    private static SortedDictionary<string, object?> Sorted(IReadOnlyDictionary<string, object?>? arguments)
    {
        var sorted = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in arguments ?? TopologyPlan.NoArguments)
        {
            sorted[name] = value;
        }

        return sorted;
    }
}
