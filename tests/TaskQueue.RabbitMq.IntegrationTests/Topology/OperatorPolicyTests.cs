using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>What policies of an operator's own do to our queues: the facts behind the warnings in topology/README.md. A process cannot see policies over
/// AMQP, so nobody warns at run time.</summary>
public sealed class OperatorPolicyTests(BrokerFixture broker)
{
    private const int Published = 30;

    /// <summary>Queue, key and value of the policy (overflow beside a length limit); then where the messages are.</summary>
    public static TheoryData<string, string, object, string?, Fate> Policies => new()
    {
        { "tq.work", "max-length", 5, null, Fate.Refused },
        { "tq.work", "max-length", 5, "drop-head", Fate.DeadLettered },
        { "tq.work", "message-ttl", 200, null, Fate.DeadLettered },
        { "tq.work.dead", "message-ttl", 200, null, Fate.Lost },
        { "tq.work.dead", "max-length", 5, null, Fate.Lost },
        { "tq.work.dead", "max-length", 5, "reject-publish", Fate.Refused },
        { "tq.unroutable", "message-ttl", 200, null, Fate.Lost },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_policy_refuses_dead_letters_or_loses_messages(string queue, string key, object value, string? overflow, Fate fate)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.For(TaskTypes.Create("work")).EnsureWorkerAsync(rig.Epoch, TestContext.Current.CancellationToken);
        await ApplyAsync(host, queue, key, value, overflow);
        var refused = await PublishAsync(host, queue);

        Assert.Equal(fate == Fate.Refused, refused > 0);
        await Eventually.PassesAsync(async () =>
        {
            var kept = await host.CountReadyAsync(queue) ?? 0;
            var dead = queue == "tq.work" ? await host.CountReadyAsync("tq.work.dead") ?? 0 : 0;
            var lost = Published - refused - kept - dead;
            Assert.Equal(fate == Fate.Lost, lost > 0);
            Assert.Equal(fate == Fate.DeadLettered, dead > 0);
            Assert.True(fate == Fate.Refused || kept <= 5, $"{kept} are still there.");
        });
    }

    private static async Task ApplyAsync(VirtualHost host, string queue, string key, object value, string? overflow)
    {
        var definition = new Dictionary<string, object> { [key] = value };
        if (overflow is not null)
        {
            definition["overflow"] = overflow;
        }

        await host.Management.PutPolicyAsync(host.Name, "operators", $"^{queue.Replace(".", "\\.", StringComparison.Ordinal)}$", definition);
        await Eventually.TrueAsync(async () => (await host.Management.FindQueueAsync(host.Name, queue))?.Policy == "operators");
    }

    private static async Task<int> PublishAsync(VirtualHost host, string queue)
    {
        var refused = 0;
        for (var i = 0; i < Published; i++)
        {
            try
            {
                await host.PublishAsync("", queue, ReadOnlyMemory<byte>.Empty, new BasicProperties { Persistent = true });
            }
            catch (PublishException)
            {
                refused++;
            }
        }

        return refused;
    }

    /// <summary>What becomes of what the limit hits.</summary>
    public enum Fate
    {
        /// <summary>The publisher is told, and keeps it.</summary>
        Refused,

        /// <summary>The broker moves it to the dead letters, without our evidence.</summary>
        DeadLettered,

        /// <summary>It is gone.</summary>
        Lost,
    }
}
