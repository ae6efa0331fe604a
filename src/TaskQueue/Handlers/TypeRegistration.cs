using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>
/// Registers handlers and middleware in the container, unless the user has done so, and knows which registrations are ours.
/// </summary>
internal sealed class TypeRegistration(IServiceCollection services)
{
    private readonly HashSet<ServiceDescriptor> _own = [];

    /// <summary>A handler is created once for each attempt, from its scope: for the scope to keep it for others would cost as much as all other
    /// steps together.</summary>
    public void AddTransient(Type type) => Add(type, ServiceLifetime.Transient);

    /// <summary>Consume middleware lives in the attempt's scope, where handlers may ask for it.</summary>
    public void AddScoped(Type type) => Add(type, ServiceLifetime.Scoped);

    /// <summary>Publish middleware serves all threads with one instance.</summary>
    public void AddSingleton(Type type) => Add(type, ServiceLifetime.Singleton);

    public bool IsOwn(ServiceDescriptor descriptor) => _own.Contains(descriptor);

    private void Add(Type type, ServiceLifetime lifetime)
    {
        if (HandlerScan.IsConcrete(type) && !services.Any(service => service.ServiceType == type && !service.IsKeyedService))
        {
            var descriptor = Describe(type, lifetime);
            _own.Add(descriptor);
            services.Add(descriptor);
        }
    }

    // With a factory the container's ValidateOnBuild, on by default in the Development environment, passes over the type, so that
    // what it misses is reported with all other faults and the cure. It resolves one constructor as the container would; the choice
    // among several is left to the container.
    private static ServiceDescriptor Describe(Type type, ServiceLifetime lifetime) =>
        type.GetConstructors() is [var only]
            ? new ServiceDescriptor(type, new ConstructorCall(only).Create, lifetime)
            : new ServiceDescriptor(type, type, lifetime);
}
