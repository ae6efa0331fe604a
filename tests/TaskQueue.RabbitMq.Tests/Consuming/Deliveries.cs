using RabbitMQ.Client;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>Deliveries, groups and task types without a broker.</summary>
internal static class Deliveries
{
    public static TaskModel Model { get; } = new([TaskType("ship")], _ => throw new NotSupportedException());

    public static QueueGroup Group(int concurrency = 1, int prefetch = 4, TimeSpan? timeout = null, params ConsumedQueue[] queues) =>
        new("tq.ship", [TaskType("ship")], queues.Length > 0 ? queues : [new ConsumedQueue("tq.ship", (int)TaskPriority.Normal, Optional: false)], concurrency, prefetch, timeout ?? TimeSpan.FromMinutes(5));

    public static DeliverySource Source(TaskPriority lane = TaskPriority.Normal, IAcknowledger? channel = null, bool holdsSuspects = false, bool countsGiveBacks = false, int channels = 1, TimeSpan? longestHold = null, CancellationToken abort = default, CancellationToken over = default)
    {
        var queue = new ConsumedQueue(holdsSuspects ? "tq.ship.suspect" : "tq.ship", (int)lane, Optional: false) { HoldsSuspects = holdsSuspects };
        var slots = new HandlerSlots(1, limit: null, _ => ValueTask.CompletedTask, ticksPerSecond: 1000);
        return new DeliverySource(Group(queues: queue), queue, slots, new AckBatcher(channel ?? new RecordedAcks(), prefetch: 4, concurrency: 1, TimeProvider.System), abort, CancellationToken.None) { CountsGiveBacks = countsGiveBacks, Channels = channels, Over = over, LongestHold = longestHold };
    }

    public static Delivery Of(DeliverySource source, ulong tag = 1, long receivedAt = 0, IReadOnlyBasicProperties? properties = null, byte[]? body = null) =>
        new(source, tag, "tq.tasks", "ship.normal", properties ?? new BasicProperties { MessageId = $"task-{tag}", Type = "ship" }, body, receivedAt);

    private static TaskTypeModel TaskType(string name) => new()
    {
        Name = name,
        ClrType = typeof(Ship),
        Settings = new TaskSettings
        {
            Concurrency = 1,
            Prefetch = 4,
            Timeout = TimeSpan.FromMinutes(5),
            Retry = RetryPolicy.Default,
            MaxAge = TimeSpan.FromDays(7),
            MaxCrashes = 3,
            Priorities = PriorityMode.Native,
            Queue = null,
            MaxLength = null,
            Serializer = TaskSerializers.Json,
            Resilience = null,
            FormerQueues = [],
            Middleware = [],
        },
        Origins = [],
        Handler = new HandlerInvoker<Ship, ShipHandler>(),
    };

    private sealed record Ship;

    private sealed class ShipHandler : ITaskHandler<Ship>
    {
        public Task HandleAsync(Ship task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
