using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue;

/// <summary>Adds TaskQueue to an application. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class TaskQueueServiceCollectionExtensions
{
    /// <summary>Adds the publisher and, where handlers are registered, the worker. Repeated calls add up.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Handlers, settings, middleware, and the broker (<c>queue.UseRabbitMq(…)</c>).</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddTaskQueue(this IServiceCollection services, Action<TaskQueueBuilder> configure) => throw new NotImplementedException();
}
