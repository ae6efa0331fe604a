namespace TaskQueue.Ledger;

/// <summary>The settings that publishers and workers share.</summary>
internal static class Registration
{
    private const string Laned = "laned-task";

    /// <summary>Task types, as they stand in the queues' names.</summary>
    public static readonly string[] TaskTypes = ["plain-task", Laned, "slow-task", "spare-task", "scheduled-task"];

    /// <summary>Queues that a worker consumes: one of each type, and three more of the type with lanes.</summary>
    public const int WorkQueues = 8;

    /// <summary>How long a worker may hold a task of the spare type, where the broker lets a worker say so (4.3).</summary>
    public static readonly TimeSpan SpareHold = TimeSpan.FromSeconds(8);

    /// <summary>The work queues' names.</summary>
    public static IReadOnlyList<string> QueuesOf(Settings settings) =>
    [
        .. TaskTypes.Except([Laned]).Select(type => $"{settings.Prefix}.{type}"),
        .. Enum.GetNames<TaskPriority>().Select(lane => $"{settings.Prefix}.{Laned}.{lane.ToLowerInvariant()}"),
    ];

    public static void Configure(TaskQueueBuilder queue, Settings settings)
    {
        Connect(queue, settings);
        ForTask<PlainTask>(queue, settings);
        ForTask<LanedTask>(queue, settings, task => task.Priorities = PriorityMode.Lanes);
        ForTask<SlowTask>(queue, settings, task => task.Serializer = TaskSerializers.Json);
        ForTask<SpareTask>(queue, settings, task => task.ConsumerTimeout = SpareHold);
        ForTask<ScheduledTask>(queue, settings, task => task.Concurrency = 2 * settings.Concurrency);
    }

    /// <summary>The broker alone: a publisher that knows nothing of the task types' settings.</summary>
    public static void Connect(TaskQueueBuilder queue, Settings settings) =>
        queue.UseRabbitMq(settings.RabbitMq, rabbit =>
        {
            rabbit.Prefix = settings.Prefix;
            rabbit.Heartbeat = TimeSpan.FromSeconds(settings.Heartbeat);
            foreach (var node in settings.Nodes.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                rabbit.ClusterNodes.Add(node);
            }
        });

    /// <summary>The same, and the handlers of all task types, which write into the <see cref="Book"/> of the services.</summary>
    public static void ConfigureWorker(TaskQueueBuilder queue, Settings settings)
    {
        Configure(queue, settings);
        queue.AddHandlersFromAssemblyContaining<LedgerHandler>();
        // The account is of what comes, and how often: the bounds are those of the deliveries.
        queue.Idempotency.Enabled = false;
    }

    private static void ForTask<TTask>(TaskQueueBuilder queue, Settings settings, Action<TaskOptions>? more = null)
        where TTask : notnull => queue.ForTask<TTask>(task =>
        {
            task.Concurrency = settings.Concurrency;
            task.Timeout = TimeSpan.FromSeconds(settings.Timeout);
            task.Retry = RetryPolicy.Fixed(maxAttempts: 3, TimeSpan.FromMilliseconds(500)).Never<InvalidDataException>();
            if (settings.Prefetch > 0)
            {
                task.Prefetch = settings.Prefetch;
            }

            more?.Invoke(task);
        });
}
