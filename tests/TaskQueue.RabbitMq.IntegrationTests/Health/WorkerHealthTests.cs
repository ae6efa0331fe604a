using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Health;

/// <summary>What a worker's health says while its broker misbehaves.</summary>
public sealed class WorkerHealthTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int ReadRefused = 2213;
    private const int ConsumedAgain = 2215;
    private const int ConsumesAgain = 2216;

    [Fact]
    public async Task A_worker_that_loses_its_broker_is_unhealthy_and_then_healthy_again_and_both_are_told()
    {
        using var proxy = host.StartProxy();
        await using var worker = await StartAsync(host.AddressThrough(proxy));
        var health = HealthOf(worker);
        var told = new ConcurrentQueue<TaskQueueHealthReport>();
        health.Changed += (_, news) => told.Enqueue(news.Report);
        await worker.Publisher.PublishAsync(new Job("first"));

        var report = health.Report;
        Assert.Equal((TaskQueueHealthState.Healthy, WorkerPhase.Running), (report.State, report.Worker));
        Assert.Equal(($"127.0.0.1:{proxy.Port}", $"127.0.0.1:{proxy.Port}"), (report.Publish.Node, report.Consume.Node));
        Assert.Equal([("tq.job", true)], report.Queues.Select(queue => (queue.Name, queue.Consumed)));

        proxy.Stop();
        await Eventually.TrueAsync(() => health.Report is { Publish.State: BrokerConnectionState.Lost, Consume.State: BrokerConnectionState.Lost, LastError: not null });
        Assert.Equal(TaskQueueHealthState.Unhealthy, health.Report.State);
        await Eventually.TrueAsync(() => health.Report.Queues.All(queue => !queue.Consumed));

        proxy.Start();
        await Eventually.TrueAsync(() => health.Report.State == TaskQueueHealthState.Healthy, "the worker to be healthy again");
        Assert.All(health.Report.Queues, queue => Assert.True(queue.Consumed));
        await Eventually.TrueAsync(() => told.LastOrDefault() is { State: TaskQueueHealthState.Healthy, Publish.State: BrokerConnectionState.Connected });
        Assert.Contains(told, news => news.State == TaskQueueHealthState.Unhealthy);
        await Eventually.EqualAsync(1, () => worker.Logs.Count(line => line.Id.Id == ConsumesAgain), "the lines that tell of it");
    }

    [Fact]
    public async Task A_queue_that_cannot_be_read_degrades_with_the_brokers_words_until_it_can()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All);
        await using var worker = await StartAsync(address);
        var health = HealthOf(worker);

        await PermitAsync(own, address, UserPermissions.All with { Read = "^(?!tq\\.job$)" });
        await own.DeleteQueueAsync("tq.job");

        await Eventually.TrueAsync(() => health.Report.State == TaskQueueHealthState.Degraded && health.Report.Queues.Single().Reason!.Contains("ACCESS_REFUSED", StringComparison.Ordinal));
        Assert.Contains("The queue 'tq.job' is not consumed", Assert.Single(health.Report.Problems), StringComparison.Ordinal);

        await PermitAsync(own, address, UserPermissions.All);
        await Eventually.TrueAsync(() => health.Report.State == TaskQueueHealthState.Healthy);
        // A queue that is just being deleted may cost the connection (541), before RabbitMQ 4.3 above all.
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id is ConsumedAgain or ConsumesAgain));
    }

    [Fact]
    public async Task A_worker_that_can_read_no_queue_after_a_reconnect_does_not_say_that_it_consumes_again_until_it_does()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All);
        await using var worker = await StartAsync(address);

        await PermitAsync(own, address, UserPermissions.All with { Read = "^(?!tq\\.job$)" });
        await Eventually.TrueAsync(async () => await own.CloseConnectionsAsync("consume") > 0);

        // At the second try the first has long been judged.
        await Eventually.TrueAsync(() => worker.Logs.Count(line => line.Id.Id == ReadRefused) >= 2);
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == ConsumesAgain);

        await PermitAsync(own, address, UserPermissions.All);
        await Eventually.EqualAsync(1, () => worker.Logs.Count(line => line.Id.Id == ConsumesAgain));
        await Eventually.EqualAsync(TaskQueueHealthState.Healthy, () => HealthOf(worker).Report.State);
    }

    [Fact]
    public async Task A_worker_that_stops_says_so()
    {
        await using var worker = await StartAsync(host.AmqpUri);
        var health = HealthOf(worker);

        await worker.StopAsync();

        Assert.Equal((TaskQueueHealthState.Degraded, WorkerPhase.Stopped), (health.Report.State, health.Report.Worker));
    }

    [Fact]
    public async Task Copies_that_go_on_failing_degrade_until_they_are_safe()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All);
        await using var worker = await StartAsync(address, (_, context, _) =>
        {
            context.DeadLetter("test");
            return Task.CompletedTask;
        });
        var health = HealthOf(worker);
        await PermitAsync(own, address, UserPermissions.All with { Write = "^(?!tq\\.dead$)" });

        await own.PublishAsync("tq.tasks", "job.normal", "{\"Name\":\"doomed\"}"u8.ToArray(), new() { MessageId = "1", Type = "job", ContentType = "application/json" });

        await Eventually.TrueAsync(() => health.Report is { State: TaskQueueHealthState.Degraded, Settling.Failing: 1 });
        Assert.Contains("ACCESS_REFUSED", Assert.Single(health.Report.Problems), StringComparison.Ordinal);
        await PermitAsync(own, address, UserPermissions.All);
        await own.WaitForMessageAsync("tq.job.dead");
        await Eventually.TrueAsync(() => health.Report is { State: TaskQueueHealthState.Healthy, Settling.Failing: 0 });
    }

    private static Task PermitAsync(VirtualHost own, Uri user, UserPermissions permissions) =>
        own.Management.SetPermissionsAsync(own.Name, ManagementClient.CredentialsOf(user).UserName, permissions);

    private static TaskQueueHealth HealthOf(TestWorker worker) => worker.Services.GetRequiredService<TaskQueueHealth>();

    private static async Task<TestWorker> StartAsync(Uri address, Func<Run, TaskContext, CancellationToken, Task>? part = null)
    {
        var worker = await TestWorker.StartAsync(address, queue => queue.AddHandler<JobHandler>(), part);
        worker.ConsumersMayEnd = true;
        return worker;
    }
}
