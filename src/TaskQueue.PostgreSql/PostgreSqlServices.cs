using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql;

/// <summary>The services of this project that all its features need: the options and the database. Each feature adds its own.</summary>
internal static class PostgreSqlServices
{
    /// <summary>The options of these services; the first call registers them.</summary>
    public static PostgreSqlOptions OptionsOf(TaskQueueBuilder queue) => GivenOf(queue).Options;

    /// <summary>What code names as the outbox's database.</summary>
    public static NamedDatabase OutboxOf(TaskQueueBuilder queue) => GivenOf(queue).Outbox;

    private const string Section = "PostgreSql";

    private static Given GivenOf(TaskQueueBuilder queue)
    {
        if (queue.Services.FirstOrDefault(service => service.ServiceType == typeof(Given))?.ImplementationInstance is Given given)
        {
            return given;
        }

        var first = new Given(new PostgreSqlOptions(), new NamedDatabase());
        queue.Sections.Add(Section);
        queue.Services.AddSingleton(first);
        queue.Services.AddDatabase();
        return first;
    }

    private static void AddDatabase(this IServiceCollection services)
    {
        services.AddSingleton(provider => new PostgreSqlOptionsCheck(
            provider.GetRequiredService<Given>().Options,
            provider.GetRequiredService<Given>().Outbox,
            provider.GetRequiredService<ProcessOptions>().Root?.GetSection(Section),
            provider.GetService<IServiceProviderIsService>()));
        services.AddSingleton<IConfigurationCheck>(provider => provider.GetRequiredService<PostgreSqlOptionsCheck>());
        services.AddSingleton<IDescribedOptions>(provider => provider.GetRequiredService<PostgreSqlOptionsCheck>());
        services.AddSingleton(OpenDatabase);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PostgreSqlStart>());
    }

    // Building the model is the check: nothing is made of options with faults, whoever asks first.
    private static PostgreSqlDatabase OpenDatabase(IServiceProvider provider)
    {
        provider.GetRequiredService<TaskModel>();
        return new PostgreSqlDatabase(provider.GetRequiredService<PostgreSqlOptionsCheck>().Options, provider.GetRequiredService<NpgsqlDataSource>);
    }

    /// <summary>What code has said so far; <see cref="PostgreSqlOptionsCheck"/> adds the configuration.</summary>
    private sealed record Given(PostgreSqlOptions Options, NamedDatabase Outbox);
}
