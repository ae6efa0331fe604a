using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>Workers that may not declare: their suspect queue is the operator's, or there is none.</summary>
public sealed class SuspectQueueTests(BrokerFixture broker)
{
    [Fact]
    public async Task Without_a_suspect_queue_and_the_permission_to_declare_it_a_suspect_runs_in_place_and_an_error_says_so()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PrepareAsync(host);
        await using var worker = await StartRestrictedAsync(host);
        await worker.Script.WaitForEndedAsync(2);

        Assert.All(worker.Script.Started, run => Assert.Equal("tq.job", run.Queue));
        Assert.Contains(worker.Logs, line => line.Level == LogLevel.Error && line.Id.Id == SuspectRig.NoSuspectQueue && line.Message.Contains(SuspectRig.JobSuspects, StringComparison.Ordinal));
        await host.WaitForReadyAsync("tq.job", 0);
        Assert.Null(await host.CountReadyAsync(SuspectRig.JobSuspects));
    }

    [Fact]
    public async Task An_operator_who_imports_the_exported_definitions_gives_the_worker_its_suspect_queue()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await ImportAsync(host);
        await PrepareAsync(host);
        await using var worker = await StartRestrictedAsync(host);
        await worker.Script.WaitForEndedAsync(2);

        Assert.All(worker.Script.Started, run => Assert.Equal(SuspectRig.JobSuspects, run.Queue));
        Assert.DoesNotContain(worker.Logs, line => line.Level >= LogLevel.Error);
    }

    /// <summary>The worker has looked in vain at its start, and looks again when it hears that there is such a queue now: without that, five minutes later.</summary>
    [Fact]
    public async Task A_suspect_queue_that_somebody_else_has_made_is_found_within_seconds()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        await SuspectRig.PublishAsync(host, new Job("first"));
        await worker.Script.WaitForEndedAsync(1);

        await ImportAsync(host);
        await host.PublishAsync("", SuspectRig.JobSuspects, "{\"Name\":\"left behind\"}"u8.ToArray(), new BasicProperties { MessageId = "left-behind", Type = "job", ContentType = "application/json" });

        await worker.Script.WaitForEndedAsync(2, TimeSpan.FromSeconds(25));
        Assert.Equal(SuspectRig.JobSuspects, Assert.Single(worker.Script.RunsOf("left behind")).Queue);
    }

    private static async Task ImportAsync(VirtualHost host)
    {
        await using var exporter = TestWorker.Create(host.AmqpUri, queue => queue.AddHandler<JobHandler>());
        await host.Management.UploadDefinitionsAsync(host.Name, exporter.Services.GetRequiredService<TopologyDefinitions>().ToJson());
    }

    private static async Task PrepareAsync(VirtualHost host)
    {
        await using (await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask))
        {
            // Declares all that a worker declares at its start, the delay line too.
            await Eventually.TrueAsync(async () => (await host.Management.GetExchangesAsync(host.Name)).Any(exchange => exchange.Name == "tq.delay.v1"));
        }

        await SuspectRig.PublishAsync(host, new Job("a"), new Job("b"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
    }

    private static async Task<TestWorker> StartRestrictedAsync(VirtualHost host)
    {
        var address = await host.CreateUserAsync(UserPermissions.WithoutDeclaring);
        return await SuspectRig.StartAsync(address, (_, _, _) => Task.CompletedTask, configure: queue => queue.UseRabbitMq(rabbit => rabbit.TopologyMode = TopologyMode.Verify));
    }
}
