using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>Finds handlers and middleware that the container cannot create, and a missing broker. What the user registered with a factory
/// or an instance is theirs.</summary>
internal sealed class DependencyCheck(TaskQueueBuilder queue, IServiceProvider services, ICollection<string> faults)
{
    private readonly Registrations _registrations = new(queue);

    public void Run()
    {
        var needsBroker = !queue.HasOutbox || queue.HandlerTypes.Count > 0;
        if (needsBroker && services.GetService(typeof(IServiceProviderIsService)) is IServiceProviderIsService known && !known.IsService(typeof(ITaskPublisher)))
        {
            faults.Add("No broker is configured: nothing can be published or consumed. Call 'queue.UseRabbitMq(…)' in 'AddTaskQueue'.");
        }

        var walk = new DependencyWalk(_registrations, services);
        Check("handler", queue.HandlerTypes, walk);
        Check("middleware", queue.AllMiddleware, walk);
        CheckLifetimes();
    }

    // One instance serves all publications: it would keep the first scope's service for ever.
    private void CheckLifetimes()
    {
        foreach (var type in queue.AllMiddleware.Where(type => typeof(IPublishMiddleware).IsAssignableFrom(type)))
        {
            foreach (var parameter in type.GetConstructors().SelectMany(constructor => constructor.GetParameters()))
            {
                if (_registrations.Last(parameter.ParameterType, key: null) is { Lifetime: ServiceLifetime.Scoped })
                {
                    faults.Add($"The publish middleware '{TypeText.Of(type)}' is one instance for all publications, but takes "
                        + $"'{TypeText.Of(parameter.ParameterType)}', which is registered as scoped. "
                        + "Inject 'IServiceScopeFactory' and open a scope for each publication.");
                }
            }
        }
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
