using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;
using TaskQueue.Tests.StoreSuites;

namespace TaskQueue.Tests.Handlers;

/// <summary>Builds the task model as an application would, without a broker.</summary>
internal static class Configured
{
    public static ServiceProvider Provider(Action<TaskQueueBuilder> configure, Dictionary<string, string?>? configuration = null, Action<IServiceCollection>? services = null)
    {
        var collection = new ServiceCollection();
        collection.AddSingleton<ITaskPublisher, NoPublisher>();
        collection.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration ?? []).Build());
        services?.Invoke(collection);
        collection.AddTaskQueue(configure);
        return collection.BuildServiceProvider();
    }

    public static TaskModel Model(Action<TaskQueueBuilder> configure, Dictionary<string, string?>? configuration = null, Action<IServiceCollection>? services = null) =>
        Provider(configure, configuration, services).GetRequiredService<TaskModel>();

    public static IReadOnlyList<string> Faults(Action<TaskQueueBuilder> configure, Dictionary<string, string?>? configuration = null, Action<IServiceCollection>? services = null)
    {
        try
        {
            Model(configure, configuration, services);
            return [];
        }
        catch (TaskQueueConfigurationException e)
        {
            return e.Faults;
        }
    }
}
