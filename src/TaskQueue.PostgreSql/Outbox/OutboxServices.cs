using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using TaskQueue.Handlers;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>The services of the outbox, in one list.</summary>
internal static class OutboxServices
{
    private const string Section = "Outbox";

    /// <summary>The options of these services; the first call registers everything.</summary>
    public static PostgreSqlOutboxOptions OptionsOf(TaskQueueBuilder queue)
    {
        if (queue.Services.FirstOrDefault(service => service.ServiceType == typeof(Given))?.ImplementationInstance is Given given)
        {
            return given.Options;
        }

        PostgreSqlServices.OptionsOf(queue);
        var options = new PostgreSqlOutboxOptions();
        queue.Sections.Add(Section);
        queue.HasOutbox = true;
        queue.Services.AddSingleton(new Given(options));
        queue.Services.AddOutbox();
        return options;
    }

    private static void AddOutbox(this IServiceCollection services)
    {
        services.AddSingleton(provider => new OutboxOptionsCheck(
            provider.GetRequiredService<Given>().Options,
            provider.GetRequiredService<ProcessOptions>().Root?.GetSection(Section),
            provider.GetService<IServiceProviderIsService>()));
        services.AddSingleton<IConfigurationCheck>(provider => provider.GetRequiredService<OutboxOptionsCheck>());
        services.AddSingleton<IDescribedOptions>(provider => provider.GetRequiredService<OutboxOptionsCheck>());
        services.AddSingleton(provider => provider.GetRequiredService<OutboxOptionsCheck>().Options);
        services.AddSingleton<OutboxTable>();
        services.AddSingleton<OutboxMetrics>();
        services.AddSingleton<TaskKeeper>();
        services.AddSingleton<IPostgreSqlOutbox, OutboxPublisher>();
        services.TryAddSingleton(new RelayTimes());
        services.AddSingleton<BatchSender>();
        services.AddTransient<RelayRound>();
        services.AddTransient<CommitBell>();
        services.AddTransient<RelaySession>();
        services.AddSingleton<Func<RelaySession>>(provider => provider.GetRequiredService<RelaySession>);
        services.TryAddSingleton(provider => provider.GetRequiredService<PostgreSqlOptionsCheck>().Options);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, OutboxRelay>());
    }

    /// <summary>What code has said so far; <see cref="OutboxOptionsCheck"/> adds the configuration.</summary>
    private sealed record Given(PostgreSqlOutboxOptions Options);
}
