using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;

namespace TaskQueue;

/// <summary>What <c>AddTaskQueue</c> hands to its callback: handlers, settings, middleware, the broker.</summary>
/// <remarks>Nothing is checked until the host starts (or the publisher is first used): then all faults come in one
/// <see cref="TaskQueueConfigurationException"/>.</remarks>
public sealed class TaskQueueBuilder
{
    internal TaskQueueBuilder(IServiceCollection services)
    {
        Services = services;
        Registration = new TypeRegistration(services);
    }

    /// <summary>The application's services, for extensions of this builder.</summary>
    public IServiceCollection Services { get; }

    /// <summary>What this process consumes.</summary>
    public WorkerOptions Worker { get; } = new();

    /// <summary>How this process publishes.</summary>
    public PublisherOptions Publisher { get; } = new();

    /// <summary>How effects are kept from happening twice, for all task types; <c>task.Idempotency</c> in <see cref="ForTask{TTask}"/> beats it for one.</summary>
    public IdempotencyOptions Idempotency { get; } = new();

    internal TypeRegistration Registration { get; }

    /// <summary>Whether an outbox takes tasks, so that a process without handlers needs no broker.</summary>
    internal bool HasOutbox { get; set; }

    internal List<Type> HandlerTypes { get; } = [];

    internal Dictionary<Type, TaskOptions> Tasks { get; } = [];

    internal List<Type> Middleware { get; } = [];

    /// <summary>The middleware for all task types, then those for single ones.</summary>
    internal IEnumerable<Type> AllMiddleware => Middleware.Concat(Tasks.Values.SelectMany(task => task.Layer.Middleware)).Distinct();

    /// <summary>The keys that the configuration section <c>TaskQueue</c> may have; each project that reads one adds it.</summary>
    internal HashSet<string> Sections { get; } = new(["Worker", "Publisher", "Idempotency", "Tasks", "RabbitMq"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Registers one handler class, for all task types that it handles, and makes this process a worker.</summary>
    /// <typeparam name="THandler">A concrete, closed class that implements <see cref="ITaskHandler{TTask}"/>; registered as transient
    /// unless it already is, created once for each attempt from its scope, and disposed with it.</typeparam>
    /// <returns>This builder.</returns>
    public TaskQueueBuilder AddHandler<THandler>()
        where THandler : class => AddHandler(typeof(THandler));

    /// <inheritdoc cref="AddHandler{THandler}"/>
    /// <param name="handlerType">The class.</param>
    public TaskQueueBuilder AddHandler(Type handlerType)
    {
        ArgumentNullException.ThrowIfNull(handlerType);
        if (!HandlerTypes.Contains(handlerType))
        {
            HandlerTypes.Add(handlerType);
        }

        return this;
    }

    /// <summary>Registers every concrete, closed handler class of an assembly; abstract and open generic ones are skipped.</summary>
    /// <typeparam name="T">Any type of that assembly.</typeparam>
    /// <returns>This builder.</returns>
    public TaskQueueBuilder AddHandlersFromAssemblyContaining<T>() => AddHandlersFromAssembly(typeof(T).Assembly);

    /// <inheritdoc cref="AddHandlersFromAssemblyContaining{T}"/>
    /// <param name="assembly">The assembly.</param>
    public TaskQueueBuilder AddHandlersFromAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        foreach (var type in HandlerScan.Find(assembly))
        {
            AddHandler(type);
        }

        return this;
    }

    /// <summary>Configures one task type. Repeated calls add up; the last value wins.</summary>
    /// <typeparam name="TTask">The task type.</typeparam>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>This builder.</returns>
    public TaskQueueBuilder ForTask<TTask>(Action<TaskOptions<TTask>> configure)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(configure);
        if (!Tasks.TryGetValue(typeof(TTask), out var options))
        {
            Tasks[typeof(TTask)] = options = new TaskOptions<TTask>(Idempotency);
        }

        configure((TaskOptions<TTask>)options);
        return this;
    }

    /// <summary>Adds a middleware for all task types. Order is that of the calls, outermost first.</summary>
    /// <typeparam name="TMiddleware">An <see cref="IConsumeMiddleware"/> (registered as scoped), an <see cref="IPublishMiddleware"/>
    /// (singleton), unless it already is; or both.</typeparam>
    /// <returns>This builder.</returns>
    public TaskQueueBuilder Use<TMiddleware>()
        where TMiddleware : class
    {
        Middleware.Add(typeof(TMiddleware));
        return this;
    }

    /// <summary>Registers what the callback added; those registered already are left as they are.</summary>
    internal void RegisterTypes()
    {
        HandlerTypes.ForEach(Registration.AddTransient);
        foreach (var type in AllMiddleware)
        {
            RegisterMiddleware(type);
        }
    }

    // One that does both is resolved from the attempt's scope for consuming; the publish pipeline makes an instance of its own.
    private void RegisterMiddleware(Type type)
    {
        if (typeof(IConsumeMiddleware).IsAssignableFrom(type))
        {
            Registration.AddScoped(type);
        }
        else if (typeof(IPublishMiddleware).IsAssignableFrom(type))
        {
            Registration.AddSingleton(type);
        }
    }
}
