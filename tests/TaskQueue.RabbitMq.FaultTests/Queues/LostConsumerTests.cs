using RabbitMQ.Client;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Queues;

/// <summary>One queue loses its consumer while its connection lives: the others go on.</summary>
public sealed class LostConsumerTests(FaultyBroker broker)
{
    [Fact]
    [Trait("Category", "Quick")]
    public async Task A_queue_that_is_deleted_under_its_consumer_is_declared_and_consumed_again()
    {
        await using var run = await FaultRun.StartAsync(broker);

        // What the queue holds is the operator's to lose: nothing, while nothing is published.
        await run.PauseLoadAsync();
        await DeleteAsync(run.VirtualHost, run.PlainQueue);
        run.ResumeLoad();
        await run.RecoverAsync("the deletion");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    [Fact]
    [Trait("Category", "Quick")]
    public async Task An_error_on_a_consumers_channel_costs_its_queue_alone_a_moment()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await AcknowledgeUnknownTagAsync(run.VirtualHost, run.PlainQueue);
        await Eventually.TrueAsync(() => run.WorkerLog.EndedConsumers > 0, "the broker to close the consumer's channel");
        await run.RecoverAsync("the channel's end");
        Assert.Equal((0, 1), (run.LostConnections, run.WorkerLog.EndedConsumers));
        await run.EndAsync();
    }

    private async Task DeleteAsync(string virtualHost, string queue)
    {
        var factory = new ConnectionFactory { Uri = FaultySite.AddressOf(broker.Node, virtualHost) };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queue);
    }

    /// <summary>Hands the channel of the queue's consumer an acknowledgement as if the worker had sent it: a 406, which closes the channel.</summary>
    private Task AcknowledgeUnknownTagAsync(string virtualHost, string queue) => broker.Node.EvaluateAsync($$"""
        [rabbit_channel_common:do(proplists:get_value(channel_pid, Consumer), {'basic.ack', 999999999, false})
          || Consumer <- rabbit_amqqueue:consumers_all(<<"{{virtualHost}}">>),
             element(4, proplists:get_value(queue_name, Consumer)) =:= <<"{{queue}}">>].
        """);
}
