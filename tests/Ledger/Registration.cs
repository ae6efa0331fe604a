using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Ledger;

/// <summary>The settings that publishers and workers share.</summary>
internal static class Registration
{
    public static void Configure(TaskQueueBuilder queue, Settings settings)
    {
        queue.UseRabbitMq(settings.RabbitMq, rabbit => rabbit.Prefix = settings.Prefix);
        ForTask<PlainTask>(queue);
        ForTask<LanedTask>(queue, task => task.Priorities = PriorityMode.Lanes);
        ForTask<SlowTask>(queue, task => task.Serializer = TaskSerializers.Json);
        ForTask<ScheduledTask>(queue, task => task.Concurrency = 32);
    }

    private static void ForTask<TTask>(TaskQueueBuilder queue, Action<TaskOptions>? more = null)
        where TTask : notnull => queue.ForTask<TTask>(task =>
        {
            task.Concurrency = 16;
            task.Retry = RetryPolicy.Fixed(maxAttempts: 3, TimeSpan.FromMilliseconds(500)).Never<InvalidDataException>();
            more?.Invoke(task);
        });
}
