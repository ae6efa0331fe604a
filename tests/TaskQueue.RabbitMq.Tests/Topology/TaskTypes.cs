using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Tests.Topology;

/// <summary>Task types as the core hands them to the topology, made by hand so that a test names only what it is about.</summary>
internal static class TaskTypes
{
    public static TaskTypeModel Create(
        string name,
        Type? clrType = null,
        string? queue = null,
        PriorityMode priorities = PriorityMode.Native,
        int? maxLength = null,
        string[]? formerQueues = null,
        int concurrency = 8,
        int prefetch = 32,
        TimeSpan? timeout = null,
        params string[] chosen) => new()
        {
            Name = name,
            ClrType = clrType ?? typeof(object),
            Handler = new HandlerInvoker<object, Handler>(),
            Origins = [.. chosen.Select(setting => new SettingOrigin(setting, "", "code"))],
            Settings = new()
            {
                Concurrency = concurrency,
                Prefetch = prefetch,
                Timeout = timeout ?? TimeSpan.FromMinutes(5),
                Retry = RetryPolicy.Default,
                MaxAge = TimeSpan.FromDays(7),
                Priorities = priorities,
                Queue = queue,
                MaxLength = maxLength,
                Serializer = TaskSerializers.MessagePack,
                Resilience = null,
                FormerQueues = formerQueues ?? [],
                Middleware = [],
            },
        };

    public static TaskModel ModelOf(params TaskTypeModel[] types) => new(types, type => throw new InvalidOperationException($"No test publishes '{type}'."));

    private sealed class Handler : ITaskHandler<object>
    {
        public Task HandleAsync(object task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
