using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.StoreSuites;

/// <summary>A worker as an application builds it, whose deliveries come from the test: what happens after the pipeline has returned is not its affair.</summary>
public sealed class BrokerlessWorker : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _isStarted;

    /// <param name="configure">The worker's handlers and store.</param>
    /// <param name="services">What is registered before TaskQueue, such as a clock.</param>
    public BrokerlessWorker(Action<TaskQueueBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<ITaskPublisher, NoPublisher>();
        builder.Services.AddLogging(logging => logging.AddFakeLogging());
        services?.Invoke(builder.Services);
        builder.Services.AddTaskQueue(configure);
        _host = builder.Build();
    }

    /// <summary>All services of the worker.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>The messages that it has logged.</summary>
    public IReadOnlyList<string> Logged => [.. Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Select(line => line.Message)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts the host. To run tasks, it need not be.</summary>
    public async Task StartAsync()
    {
        await _host.StartAsync(Token);
        _isStarted = true;
    }

    /// <summary>Delivers a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="id">Its id.</param>
    /// <returns>What the pipeline made of it.</returns>
    public async Task<TaskOutcome> RunAsync<TTask>(TTask task, string id)
        where TTask : notnull
    {
        var type = Services.GetRequiredService<TaskModel>().Consumed.Single(type => type.ClrType == typeof(TTask));
        var body = new ArrayBufferWriter<byte>();
        type.Settings.Serializer.Serialize(task, body);
        var envelope = new TaskEnvelope { TaskId = id, TaskType = type.Name, ContentType = type.Settings.Serializer.ContentType };
        return await Services.GetRequiredService<TaskExecutor>().ExecuteAsync(envelope, body.WrittenMemory, "queue", Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isStarted)
        {
            await _host.StopAsync(CancellationToken.None);
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
