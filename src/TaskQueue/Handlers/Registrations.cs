using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>What the container will create for a service: closed and open generic registrations, keyed ones included.</summary>
internal sealed class Registrations(TaskQueueBuilder queue)
{
    private readonly ILookup<Type, ServiceDescriptor> _byService = queue.Services.ToLookup(service => service.ServiceType);

    /// <summary>The one that a single parameter gets, or null: the last exact one, else the last open generic one that fits.</summary>
    public Registration? Last(Type service, object? key) => Exact(service, key).LastOrDefault() ?? Generic(service, key).LastOrDefault();

    /// <summary>All that a collection gets.</summary>
    public IEnumerable<Registration> All(Type service, object? key) => Exact(service, key).Concat(Generic(service, key));

    private IEnumerable<Registration> Exact(Type service, object? key) =>
        _byService[service].Where(descriptor => Matches(descriptor, key)).Select(descriptor => new Registration(ImplementationOf(descriptor), descriptor.Lifetime));

    private IEnumerable<Registration> Generic(Type service, object? key) =>
        service.IsConstructedGenericType
            ? _byService[service.GetGenericTypeDefinition()]
                .Where(descriptor => Matches(descriptor, key))
                .Select(descriptor => Close(descriptor, service.GetGenericArguments()))
                .OfType<Registration>()
            : [];

    private static bool Matches(ServiceDescriptor descriptor, object? key) =>
        descriptor.IsKeyedService ? key is not null && (Equals(descriptor.ServiceKey, key) || Equals(descriptor.ServiceKey, KeyedService.AnyKey)) : key is null;

    // Our own registrations are factories that do what the container would (see TypeRegistration).
    private Type? ImplementationOf(ServiceDescriptor descriptor) =>
        descriptor.IsKeyedService ? descriptor.KeyedImplementationType
        : queue.Registration.IsOwn(descriptor) ? descriptor.ServiceType
        : descriptor.ImplementationType;

    // A constraint that does not fit leaves the registration out, as the container does.
    private Registration? Close(ServiceDescriptor descriptor, Type[] arguments)
    {
        try
        {
            return ImplementationOf(descriptor) is { } implementation ? new Registration(implementation.MakeGenericType(arguments), descriptor.Lifetime) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

/// <param name="Implementation">The class whose constructor is called; null for a factory or an instance.</param>
/// <param name="Lifetime">How long what is created lives.</param>
internal sealed record Registration(Type? Implementation, ServiceLifetime Lifetime);
