using System.Text.Json;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The files of topology/policies, imported as an operator does.</summary>
public sealed class PolicyTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private static readonly string[] WorkQueues = ["tq.a", "tq.b.bounded", "tq.b.due", "tq.c.critical", "tq.c.high", "tq.c.low", "tq.c.normal", "tq.delayed.task"];
    private static readonly string[] BoundedQueues = ["tq.b.bounded"];
    private static readonly string[] DeadLetterQueues = ["tq.a.dead", "tq.b.dead", "tq.c.dead", "tq.delayed.task.dead", "tq.unroutable"];

    [Fact]
    public Task The_work_queues_policy_applies_to_them_alone() => ImportAsync("work-queues.json", WorkQueues);

    [Fact]
    public Task The_work_queues_policy_with_the_crash_brake_applies_to_them_alone()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < new Version(4, 3), "The crash brake came with RabbitMQ 4.3.");
        return ImportAsync("work-queues-4.3.json", WorkQueues);
    }

    [Fact]
    public Task The_bounded_queues_policy_applies_to_them_alone() => ImportAsync("bounded-queues.json", BoundedQueues);

    [Fact]
    public Task The_dead_letters_policy_applies_to_them_and_the_unroutable() => ImportAsync("dead-letters.json", DeadLetterQueues);

    private async Task ImportAsync(string file, string[] expected)
    {
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(
            TaskTypes.Create("a"),
            TaskTypes.Create("b", typeof(string), maxLength: 5),
            TaskTypes.Create("c", typeof(int), priorities: PriorityMode.Lanes),
            TaskTypes.Create("delayed.task", typeof(long)));
        var json = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "policies", file));
        var policy = JsonDocument.Parse(json).RootElement.GetProperty("policies")[0];
        var name = policy.GetProperty("name").GetString()!;

        await host.Management.UploadDefinitionsAsync(host.Name, json);
        try
        {
            // The broker goes from queue to queue.
            await Eventually.PassesAsync(async () => Assert.Equal(expected, await GovernedAsync(name)));
            Assert.All(DelayLinePlan.For(rig.Names).Queues, queue => Assert.DoesNotMatch(policy.GetProperty("pattern").GetString()!, queue.Name));
        }
        finally
        {
            await host.Management.DeletePolicyAsync(host.Name, name);
        }
    }

    private async Task<string[]> GovernedAsync(string policy) =>
        [.. (await host.Management.GetQueuesAsync(host.Name)).Where(queue => queue.Policy == policy).Select(queue => queue.Name).Order(StringComparer.Ordinal)];
}
