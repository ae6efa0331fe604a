using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace TaskQueue.OutboxBenchmark;

/// <summary>An application that publishes, a relay and a worker, each a host of its own, on a broker's namespace and a database's schema of this round.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly string _broker;
    private readonly string _postgres;
    private readonly string _name = $"bench_{Environment.ProcessId}_{Stopwatch.GetTimestamp()}"[..20];
    private readonly List<IHost> _hosts = [];

    private Site(string broker, string postgres)
    {
        _broker = broker;
        _postgres = postgres;
        Source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres) { MaxPoolSize = 70, ApplicationName = "application" }.ConnectionString);
    }

    public NpgsqlDataSource Source { get; }

    public IPostgreSqlOutbox Outbox { get; private set; } = null!;

    public ITaskPublisher Publisher { get; private set; } = null!;

    /// <summary>What the worker does with each task.</summary>
    public Action<Job> OnJob { get; set; } = _ => { };

    public static async Task<Site> StartAsync(string broker, string postgres)
    {
        var site = new Site(broker, postgres);
        var application = await site.StartAsync(relays: false);
        site.Outbox = application.Services.GetRequiredService<IPostgreSqlOutbox>();
        site.Publisher = application.Services.GetRequiredService<ITaskPublisher>();
        await site.Publisher.PublishAsync(Job.Create(-1));
        return site;
    }

    public Task<IHost> StartRelayAsync() => StartAsync(relays: true);

    public Task<IHost> StartWorkerAsync() => StartAsync(relays: false, queue =>
    {
        queue.AddHandler<JobHandler>();
        queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (16, 512));
    });

    public async Task CommitAsync(Func<NpgsqlTransaction, Task> work)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await work(transaction);
        await transaction.CommitAsync();
    }

    public async Task WaitForEmptyAsync()
    {
        await using var command = Source.CreateCommand($"SELECT EXISTS (SELECT FROM {_name}.outbox)");
        while ((bool)(await command.ExecuteScalarAsync())!)
        {
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }

        await using (var command = Source.CreateCommand($"DROP SCHEMA {_name} CASCADE"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await Source.DisposeAsync();
    }

    private async Task<IHost> StartAsync(bool relays, Action<TaskQueueBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(this);
        builder.Services.AddTaskQueue(queue =>
        {
            queue.UseRabbitMq(_broker, rabbit => rabbit.Prefix = _name);
            queue.UsePostgreSqlIdempotency(postgres =>
            {
                postgres.ConnectionString = _postgres;
                postgres.Schema = _name;
            });
            queue.UsePostgreSqlOutbox(outbox => outbox.Relay = relays);
            configure?.Invoke(queue);
        });
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }
}
