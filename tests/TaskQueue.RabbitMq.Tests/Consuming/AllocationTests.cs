using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Telemetry;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>
/// What a worker allocates between the client's callback and the acknowledgement, with the core's pipeline and a task of 24 bytes; and for the copy of a task
/// that failed, up to the client. Alone, since the listeners of other tests would see this one's spans; in Release only, since a debug build allocates every async method's state.
/// </summary>
[CollectionDefinition("Consuming." + nameof(AllocationTests), DisableParallelization = true)]
[Collection("Consuming." + nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    private static readonly byte[] Body = "{}"u8.ToArray();

    // As a publisher of ours sends them.
    private static readonly BasicProperties Properties = new()
    {
        MessageId = Guid.CreateVersion7().ToString(),
        Type = "ship",
        ContentType = "application/json",
        Headers = new Dictionary<string, object?> { ["tq-enqueued-at"] = 1_700_000_000_000L },
    };

    [Fact]
    public void A_delivered_task_allocates_no_more_than_its_budget()
    {
        using var services = Services();
        var source = Deliveries.Source(channel: new DeafChannel());
        var runner = Runner(services);
        var tag = 0UL;

        AssertBudget(500, () =>
        {
            var delivery = Deliveries.Of(source, ++tag, properties: Properties, body: Body);
            source.Acks.Register(delivery);
            Assert.True(runner.RunAsync(delivery).AsTask().IsCompletedSuccessfully);
            Assert.True(delivery.State == UnsettledState.Gone);
        });
    }

    [Fact]
    public void The_copy_of_a_failed_task_allocates_no_more_than_its_budget()
    {
        var group = Deliveries.Group();
        var routes = new CopyRoutes(new TopologyNames("tq"));
        var envelope = new EnvelopeReader(Deliveries.Model, new PublisherOptions()).Read(Properties, Body.Length).Envelope!;
        var encoder = new MessageEncoder(32 * 1024, frameMax: 128 * 1024);
        var error = new InvalidOperationException("out of paper");

        AssertBudget(880, () =>
        {
            var route = routes.Retry(group, envelope, TimeSpan.FromSeconds(10));
            var changes = AttemptHeaders.Retry(envelope, default, error, DateTimeOffset.UnixEpoch);
            var copy = new MessageCopy(Properties, changes) { Exchange = route.Exchange, RoutingKey = route.RoutingKey, Body = Body };
            Assert.Null(encoder.Encode(copy));
        });
    }

    private static void AssertBudget(long budget, Action run)
    {
        Assert.SkipWhen(
            typeof(DeliveryRunner).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
            "A debug build allocates more.");
        Repeat(run);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(run);
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, budget);
    }

    private static void Repeat(Action run)
    {
        for (var i = 0; i < Rounds; i++)
        {
            run();
        }
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSingleton(Deliveries.Model).AddSingleton(new WorkerIdentity("worker", "app")).AddTransient(Deliveries.Model.FindHandled("ship")!.Handler!.HandlerType);
        services.AddPipelines();
        return services.BuildServiceProvider();
    }

    // A task that is done needs no copy.
    private static DeliveryRunner Runner(ServiceProvider services)
    {
        var judge = new CrashJudge(new SurvivedLosses(TimeProvider.System));
        var settler = new Settler(
            copies: null!, routes: null!, deadLetterHeaders: null!, judge, new SuspectBell(), services.GetRequiredService<TaskMetrics>(), TimeProvider.System, NullLogger<Settler>.Instance);
        return new DeliveryRunner(
            new EnvelopeReader(Deliveries.Model, new PublisherOptions()), judge, services.GetRequiredService<TaskExecutor>(), settler, NullLogger<DeliveryRunner>.Instance);
    }

    private sealed class DeafChannel : IAcknowledger
    {
        public void Ack(ulong tag, bool multiple)
        {
        }

        public void Nack(ulong tag, bool multiple)
        {
        }

        public void Reject(ulong tag)
        {
        }

        public void Refuse(ulong tag)
        {
        }
    }
}
