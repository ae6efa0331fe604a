using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Connection;

[Trait("Broker", "Newest")]
public sealed class BootingBrokerTests(BrokerFixture broker)
{
    [Fact]
    public async Task A_worker_starts_while_the_virtual_host_is_not_up_yet_and_consumes_when_it_is()
    {
        await using var own = await broker.StartBlankBrokerAsync("""{ "vhosts": [ { "name": "/" } ] }""");
        await own.RunAsync("rabbitmqctl", "eval", """rabbit_vhost_sup_sup:stop_and_delete_vhost(<<"/">>).""");
        await using var worker = await TestWorker.StartAsync(own.AmqpUri, queue => queue.AddHandler<JobHandler>());
        Assert.Contains(worker.Logs, line => line.Message.Contains("vhost '/' is down", StringComparison.Ordinal));

        await own.RunAsync("rabbitmqctl", "restart_vhost");

        await worker.Publisher.PublishAsync(new Job("after"));
        await worker.Script.WaitForEndedAsync(1, RecoveryTimes.Bound);
    }
}
