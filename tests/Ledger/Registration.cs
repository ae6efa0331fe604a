namespace TaskQueue.Ledger;

/// <summary>The settings that publishers and workers share.</summary>
internal static class Registration
{
    /// <summary>Task types, as they stand in the queues' names.</summary>
    public static readonly string[] TaskTypes = ["plain-task", "laned-task", "slow-task", "scheduled-task"];

    /// <summary>Queues that a worker consumes: one of each type, and three more of the type with lanes.</summary>
    public const int WorkQueues = 7;

    public static void Configure(TaskQueueBuilder queue, Settings settings)
    {
        queue.UseRabbitMq(settings.RabbitMq, rabbit =>
        {
            rabbit.Prefix = settings.Prefix;
            rabbit.Heartbeat = TimeSpan.FromSeconds(settings.Heartbeat);
            foreach (var node in settings.Nodes.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                rabbit.ClusterNodes.Add(node);
            }
        });
        ForTask<PlainTask>(queue, settings);
        ForTask<LanedTask>(queue, settings, task => task.Priorities = PriorityMode.Lanes);
        ForTask<SlowTask>(queue, settings, task => task.Serializer = TaskSerializers.Json);
        ForTask<ScheduledTask>(queue, settings, task => task.Concurrency = 2 * settings.Concurrency);
    }

    /// <summary>The same, and the handlers of all task types, which write into the <see cref="Book"/> of the services.</summary>
    public static void ConfigureWorker(TaskQueueBuilder queue, Settings settings)
    {
        Configure(queue, settings);
        queue.AddHandlersFromAssemblyContaining<LedgerHandler>();
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
