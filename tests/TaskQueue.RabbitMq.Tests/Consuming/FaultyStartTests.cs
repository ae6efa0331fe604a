using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>A worker dials while it makes the rest, but not before its configuration is checked. The broker is a socket that says nothing.</summary>
public sealed class FaultyStartTests : IDisposable
{
    private readonly TcpListener _broker = new(IPAddress.Loopback, 0);

    public FaultyStartTests() => _broker.Start();

    [Fact]
    public async Task A_faulty_configuration_opens_nothing()
    {
        using var host = HostOf<UnwritableHandler>();

        await Assert.ThrowsAsync<TaskQueueConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.False(_broker.Pending());
    }

    [Fact]
    public async Task A_sound_one_dials()
    {
        using var host = HostOf<SoundHandler>();
        using var test = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var starting = host.StartAsync(test.Token);

        using var dialled = await _broker.AcceptSocketAsync(test.Token);
        await test.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    public void Dispose() => _broker.Dispose();

    private IHost HostOf<THandler>()
        where THandler : class
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddTaskQueue(queue => queue.UseRabbitMq($"amqp://127.0.0.1:{((IPEndPoint)_broker.LocalEndpoint).Port}").AddHandler<THandler>());
        return builder.Build();
    }

    public sealed record Sound(int Number);

    /// <summary>A stream has no form in MessagePack.</summary>
    public sealed record Unwritable(Stream Stream);

    private sealed class SoundHandler : ITaskHandler<Sound>
    {
        public Task HandleAsync(Sound task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class UnwritableHandler : ITaskHandler<Unwritable>
    {
        public Task HandleAsync(Unwritable task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
