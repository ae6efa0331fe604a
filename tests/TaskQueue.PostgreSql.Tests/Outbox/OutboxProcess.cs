using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;
using TaskQueue.PostgreSql.Outbox;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>A process as a user would build it, with an outbox. Its pauses are short; whatever it handles is in <see cref="Handled"/>.</summary>
internal sealed class OutboxProcess : IAsyncDisposable
{
    /// <summary>Long enough never to come in a test.</summary>
    public static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly IHost _host;

    private OutboxProcess(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public IPostgreSqlOutbox Outbox => Services.GetRequiredService<IPostgreSqlOutbox>();

    public Handled Handled => Services.GetRequiredService<Handled>();

    public IReadOnlyList<FakeLogRecord> Logs => Services.GetFakeLogCollector().GetSnapshot();

    public static async Task<OutboxProcess> StartAsync(
        string database, Uri? broker, Action<TaskQueueBuilder>? configure = null, Action<IServiceCollection>? services = null, TimeSpan? poll = null, RelayTimes? times = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddFakeLogging();
        builder.Services.AddSingleton<Handled>();
        builder.Services.AddSingleton(times ?? new RelayTimes { FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(500), FirstRetry = TimeSpan.FromMilliseconds(500), LongestRetry = TimeSpan.FromSeconds(1) });
        builder.Services.AddTaskQueue(queue =>
        {
            if (broker is not null)
                queue.UseRabbitMq(broker.ToString(), rabbit => rabbit.MaxReconnectDelay = TimeSpan.FromMilliseconds(200));
            queue.UsePostgreSqlOutbox(database, outbox =>
            {
                outbox.Relay = broker is not null;
                outbox.PollInterval = poll ?? TimeSpan.FromSeconds(1);
            });
            configure?.Invoke(queue);
        });
        services?.Invoke(builder.Services);
        var process = new OutboxProcess(builder.Build());
        await process._host.StartAsync(TestContext.Current.CancellationToken);
        return process;
    }

    /// <summary>Does work in a transaction of the application's own, which commits.</summary>
    public static async Task CommitAsync(NpgsqlDataSource source, Func<NpgsqlTransaction, Task> work)
    {
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await work(transaction);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Publishes one task in a transaction of its own.</summary>
    public async Task<string> PublishAsync(NpgsqlDataSource source, object task, PublishOptions? options = null, string? orderingKey = null)
    {
        OutboxReceipt receipt = default;
        await CommitAsync(source, async transaction => receipt = orderingKey is null
            ? await Outbox.PublishAsync(transaction, task, options)
            : await Outbox.PublishInOrderAsync(transaction, task, orderingKey, options));
        return receipt.TaskId;
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }
}
