using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PhotoService.Tasks;
using PhotoService.Worker;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

/// <summary>
/// What the samples declare is what topology/snapshots says, so that a change of the topology shows in review. After an intended one, run these tests with
/// <c>TASKQUEUE_UPDATE_SNAPSHOTS=1</c> and commit what they write.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly TopologyPlanner Planner = new(new TopologyNames("tq"));

    [Fact]
    public void HelloTasks_declares_what_its_snapshot_says() => Compare("hello-tasks.txt", PlanOf(queue =>
    {
        queue.UseRabbitMq();
        queue.AddHandlersFromAssemblyContaining<SayHelloHandler>();
    }));

    [Fact]
    public void PhotoService_declares_what_its_snapshot_says() => Compare("photo-service.txt", PlanOf(PhotoWorker.Configure));

    [Fact]
    public void The_delay_line_is_what_its_snapshot_says()
    {
        var names = new TopologyNames("tq");
        Compare("delay-line.txt", DelayLinePlan.For(names).With(new([DelayLinePlan.Marker(names)], [], [])));
    }

    private static TopologyPlan PlanOf(Action<TaskQueueBuilder> configure)
    {
        // What the handlers ask for has to be there; none of them is created.
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddPhotoStore();
        builder.Services.AddSingleton<Gallery>();
        builder.Services.AddTaskQueue(configure);
        using var provider = builder.Services.BuildServiceProvider();
        var consumed = provider.GetRequiredService<TaskModel>().Consumed;
        return Planner.For(consumed, provider.GetRequiredService<RabbitMqOptions>().Topology).With(Planner.SuspectsOf(consumed));
    }

    private static void Compare(string name, TopologyPlan plan)
    {
        var path = Path.Combine(SnapshotFolder(), name);
        var actual = string.Concat(Lines(plan).Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable("TASKQUEUE_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static IEnumerable<string> Lines(TopologyPlan plan) =>
        plan.Exchanges.Select(exchange => $"exchange {exchange.Name} {exchange.Type}{Arguments(exchange.Arguments)}")
            .Concat(plan.Queues.Select(queue => $"queue {queue.Name}{Arguments(queue.Arguments)}"))
            .Concat(plan.Bindings.Select(binding => $"binding {binding.Source} -> {(binding.ToExchange ? "exchange" : "queue")} {binding.Destination} '{binding.RoutingKey}'"));

    private static string Arguments(IReadOnlyDictionary<string, object?> arguments) =>
        string.Concat(arguments.OrderBy(argument => argument.Key, StringComparer.Ordinal).Select(argument => $" {argument.Key}={argument.Value}"));

    private static string SnapshotFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskQueue.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"'{AppContext.BaseDirectory}' is in no checkout of the repository.");
        }

        return Path.Combine(folder.FullName, "topology", "snapshots");
    }
}
