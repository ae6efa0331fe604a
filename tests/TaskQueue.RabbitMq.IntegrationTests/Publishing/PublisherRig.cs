using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A process that only publishes, as its users set it up; no host is started.</summary>
internal sealed class PublisherRig : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public PublisherRig(Uri uri, Action<TaskQueueBuilder>? configure = null, TimeProvider? time = null, TimeSpan? heartbeat = null)
    {
        _services = new ServiceCollection()
            .AddSingleton(time ?? TimeProvider.System)
            .AddTaskQueue(queue =>
            {
                queue.UseRabbitMq(uri.ToString(), rabbit =>
                {
                    rabbit.MaxReconnectDelay = TimeSpan.FromMilliseconds(200);
                    rabbit.Heartbeat = heartbeat ?? rabbit.Heartbeat;
                });
                configure?.Invoke(queue);
            })
            .BuildServiceProvider();
        Publisher = _services.GetRequiredService<ITaskPublisher>();
        Messages = _services.GetRequiredService<MessagePublisher>();
        Health = _services.GetRequiredService<TaskQueueHealth>();
    }

    public ITaskPublisher Publisher { get; }

    public MessagePublisher Messages { get; }

    public TaskQueueHealth Health { get; }

    /// <summary>Publishes until one is accepted: where the deadline of the test is short, connecting and declaring may take longer.</summary>
    public Task ConnectAsync() => ConnectAsync(new ResizePhoto(-1));

    /// <summary>The same for a task of another type, whose queue has to be declared too.</summary>
    public Task ConnectAsync<TTask>(TTask task)
        where TTask : notnull => Eventually.TrueAsync(() => TryPublishAsync(task), "a publish to be accepted");

    private async Task<bool> TryPublishAsync<TTask>(TTask task)
        where TTask : notnull
    {
        try
        {
            await Publisher.PublishAsync(task);
            return true;
        }
        catch (TaskPublishException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>Published by the tests here; by convention in the queue <c>tq.resize-photo</c>.</summary>
public sealed record ResizePhoto(int Number, string Text = "");

/// <summary>Another type, for what concerns one type alone.</summary>
public sealed record SendInvoice(int Number);
