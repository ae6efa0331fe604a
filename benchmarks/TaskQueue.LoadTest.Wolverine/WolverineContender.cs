using JasperFx.CodeGeneration;
using Microsoft.Extensions.Hosting;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.RabbitMQ;

namespace TaskQueue.LoadTest.Peers;

/// <summary>
/// Wolverine with a host to publish and one to consume, on a quorum queue; confirms and their tracking on, which they are not by default; handlers compiled beforehand. It sends
/// inline, since a buffered send returns before the broker has the task, and handles inline, since a buffered listener acknowledges on receipt.
/// </summary>
[Lacks<IIdempotency>("its inbox is not measured here")]
[Lacks<IDelays>("without a database they live in the memory of the process")]
[Lacks<IManyTypes>("its handlers of many types are not generated here")]
[Lacks<IPriorities>("it cannot set the property")]
[Lacks<ILessSafe>("what a safety costs is measured with the bare client")]
[Lacks<IManyPublishers>("its growth is not measured here")]
[Lacks<ILanes>("it cannot set the priority")]
internal sealed class WolverineContender(Uri broker) : IContender, IRetries, IHosted
{
    private const string Queue = "wolverine";

    // More were no faster.
    private const int MostListeners = 4;

    // It has no call for many. The client lets so many be unconfirmed.
    private const int Callers = 128;

    private IHost? _publishing;
    private IHost? _consuming;
    private IMessageBus? _bus;

    public async Task StartPublisherAsync()
    {
        _publishing = Build(EmptyHost(), options => options.PublishAllMessages().ToRabbitQueue(Queue).SendInline());
        await _publishing.StartAsync();
        _bus = _publishing.MessageBus();
    }

    public ValueTask PublishAsync(LoadTask task) => _bus!.SendAsync(task);

    public Task PublishManyAsync(IReadOnlyList<LoadTask> tasks)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < tasks.Count; i = Interlocked.Increment(ref next))
            {
                await PublishAsync(tasks[i]);
            }
        }));
    }

    public Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) => StartWorkerAsync(EmptyHost(), concurrency, handle, _ => { });

    public Task StartHostedWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) => StartWorkerAsync(Host.CreateApplicationBuilder(), concurrency, handle, _ => { });

    /// <summary>The retries that outlive a crash wait in the handler's slot; scheduled ones are in memory.</summary>
    public Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(EmptyHost(), concurrency, handle, options => options.OnException<LoadFailureException>().RetryWithCooldown(delay, delay));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in new[] { _consuming, _publishing })
        {
            if (host is not null)
            {
                await host.StopAsync();
                host.Dispose();
            }
        }
    }

    private static HostApplicationBuilder EmptyHost() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

    private Task StartWorkerAsync(HostApplicationBuilder builder, int concurrency, Func<LoadTask, ValueTask> handle, Action<WolverineOptions> configure)
    {
        LoadTaskHandler.Handling = handle;
        var listeners = Math.Min(MostListeners, concurrency);
        _consuming = Build(builder, options =>
        {
            configure(options);
            options.ListenToRabbitQueue(Queue)
                .ProcessInline()
                .ListenerCount(listeners)
                .ConsumerDispatchConcurrency((ushort)(concurrency / listeners))
                .PreFetchCount(512);
        });
        return _consuming.StartAsync();
    }

    private IHost Build(HostApplicationBuilder builder, Action<WolverineOptions> configure)
    {
        builder.UseWolverine(options =>
        {
            options.CodeGeneration.TypeLoadMode = TypeLoadMode.Static;
            options.UseRabbitMq(broker)
                .AutoProvision()
                .UseQuorumQueues()
                .ConfigureChannelCreation(channel => channel.PublisherConfirmationsEnabled = channel.PublisherConfirmationTrackingEnabled = true);
            configure(options);
        });
        return builder.Build();
    }
}
