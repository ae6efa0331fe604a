using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>Finds handlers and middleware that the container cannot create, and a missing broker. What the user registered with a factory or an instance is theirs.</summary>
internal sealed class DependencyCheck(TaskQueueBuilder queue, IServiceProvider services, ICollection<string> faults)
{
    private readonly Registrations _registrations = new(queue);

    public void Run()
    {
        if (services.GetService(typeof(IServiceProviderIsService)) is IServiceProviderIsService known && !known.IsService(typeof(ITaskPublisher)))
        {
            faults.Add("No broker is configured: nothing can be published or consumed. Call 'queue.UseRabbitMq(…)' in 'AddTaskQueue'.");
        }

        var walk = new DependencyWalk(_registrations, services);
        Check("handler", queue.HandlerTypes, walk);
        Check("middleware", queue.AllMiddleware, walk);
    }

    private void Check(string kind, IEnumerable<Type> types, DependencyWalk walk)
    {
        foreach (var type in types)
        {
            if (_registrations.Last(type, key: null)?.Implementation is { } implementation && walk.FindGap(implementation) is { } gap)
            {
                faults.Add($"The {kind} '{TypeText.Of(type)}' cannot be created ({gap.Path}): {gap.Reason}");
            }
        }
    }
}
