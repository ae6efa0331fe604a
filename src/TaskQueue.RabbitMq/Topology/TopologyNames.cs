namespace TaskQueue.RabbitMq.Topology;

/// <summary>Every name that we give on the broker: the naming rules of topology/README.md, in one place.</summary>
internal sealed class TopologyNames(string prefix)
{
    private readonly string _delayStages = $"{prefix}.delay.";

    public string Prefix { get; } = prefix;

    /// <summary>Where tasks are published, with the key <c>&lt;task type&gt;.&lt;priority&gt;</c>.</summary>
    public string TasksExchange { get; } = $"{prefix}.tasks";

    public string DeadExchange { get; } = $"{prefix}.dead";

    /// <summary>The catch-all exchange and its queue share the name.</summary>
    public string Unroutable { get; } = $"{prefix}.unroutable";

    /// <summary>Holds nothing: a binding to it says that a task type has a queue (see <c>RouteProbe</c>).</summary>
    public string ProbeQueue { get; } = $"{prefix}.tasks.probe";

    /// <summary>Its existence says that somebody has declared, some day, queues of other names than the conventional ones: it is declared before any of them, and
    /// never deleted. Without it, none of those can be left over.</summary>
    public string ElsewhereExchange { get; } = $"{prefix}.elsewhere";

    /// <summary>The end of the delay line.</summary>
    public string DeliverExchange { get; } = $"{prefix}.delay.deliver";

    /// <summary>Where the end of the delay line sends what it has no binding for: the same bindings once more, so that a task that falls due while a worker
    /// moves its binding from one queue to another goes through here. The alternate exchange of this one is <see cref="Unroutable"/>.</summary>
    public string FallbackExchange { get; } = $"{prefix}.delay.fallback";

    /// <summary>Declared last: its existence says that the whole delay line exists.</summary>
    public string DelayMarkerExchange { get; } = $"{prefix}.delay.v1";

    /// <summary>The conventional work queue of a task type; lanes, dead-letter and due queues take their names from it.</summary>
    public string WorkQueue(string taskType) => $"{Prefix}.{taskType}";

    public static string Lane(string workQueue, TaskPriority priority) => $"{workQueue}.{PriorityWord(priority)}";

    /// <summary>The work queue of a task type with a length limit. Not the conventional name: a publisher that came before the first worker has declared that
    /// one, without the limit.</summary>
    public static string BoundedQueue(string workQueue) => $"{workQueue}.bounded";

    public static string DeadQueue(string workQueue) => $"{workQueue}.dead";

    public static string DueQueue(string workQueue) => $"{workQueue}.due";

    /// <summary>Where tasks go that may have crashed their workers; lanes share one.</summary>
    public static string SuspectQueue(string workQueue) => $"{workQueue}.suspect";

    public string DelayExchange(int stage) => $"{Prefix}.delay.{stage}";

    /// <summary>Whether an exchange is one of <see cref="DelayExchange"/>.</summary>
    public bool IsDelayStage(string exchange) =>
        exchange.Length > _delayStages.Length && exchange.StartsWith(_delayStages, StringComparison.Ordinal) && char.IsAsciiDigit(exchange[_delayStages.Length]);

    /// <summary>The routing key of a task, and its address at the end of the delay line: <c>&lt;task type&gt;.&lt;priority&gt;</c>.</summary>
    public static string Address(string taskType, TaskPriority priority) => $"{taskType}.{PriorityWord(priority)}";

    /// <summary>Bound to the probe queue beside the bindings of a work queue.</summary>
    public static string ProbeKey(string taskType) => $"{taskType}.probe";

    /// <summary>Bound to the probe queue by who binds other queues than the conventional one: no publisher is to bind that beside them.</summary>
    public static string ElsewhereKey(string taskType) => $"{taskType}.elsewhere";

    public static string PriorityWord(TaskPriority priority) => priority switch
    {
        TaskPriority.Low => "low",
        TaskPriority.Normal => "normal",
        TaskPriority.High => "high",
        TaskPriority.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(priority), priority, "Not a TaskPriority."),
    };
}
