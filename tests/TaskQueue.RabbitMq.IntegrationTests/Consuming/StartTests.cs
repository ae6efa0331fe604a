using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Workers that start before their broker, without permission, or after their tasks.</summary>
public sealed class StartTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int WorkerRefused = 2209;

    private static readonly Version FirstWithTimeout = new(4, 3);

    [Fact]
    public async Task A_broker_that_is_away_is_waited_for_and_then_served()
    {
        using var proxy = host.CreateProxy();
        await using var worker = await TestWorker.StartAsync(host.AddressThrough(proxy), queue => queue.AddHandler<JobHandler>());
        Assert.Contains(worker.Logs, line => line.Id.Id == 2201 && line.Level == LogLevel.Warning && !line.Message.Contains(host.Broker.Password + "@", StringComparison.Ordinal));
        Assert.Contains("refused", worker.Logs.Single(line => line.Id.Id == 2201).Message, StringComparison.OrdinalIgnoreCase);

        proxy.Start();
        await worker.Publisher.PublishAsync(new Job("patient"));
        await worker.Script.WaitForEndedAsync(1);
    }

    [Fact]
    public async Task A_broker_that_comes_late_and_does_not_know_the_user_yet_is_waited_for()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All);
        var (user, password) = ManagementClient.CredentialsOf(address);
        await host.Management.DeleteUserAsync(user);

        await AssertWaitsForCureAsync(own, address, user, async () =>
        {
            await host.Management.CreateUserAsync(user, password);
            await host.Management.SetPermissionsAsync(own.Name, user, UserPermissions.All);
        });
    }

    [Fact]
    public async Task A_broker_that_comes_late_and_does_not_let_the_worker_read_yet_is_waited_for()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All with { Read = "^(?!tq\\.job$)" });

        await AssertWaitsForCureAsync(own, address, "tq.job", () =>
            host.Management.SetPermissionsAsync(own.Name, ManagementClient.CredentialsOf(address).UserName, UserPermissions.All));
    }

    [Fact]
    public async Task A_broker_that_comes_late_with_other_arguments_is_waited_for()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using (var channel = await own.OpenChannelAsync())
        {
            await channel.QueueDeclareAsync("tq.job", durable: true, exclusive: false, autoDelete: false);
        }

        await AssertWaitsForCureAsync(own, own.AmqpUri, "tq.job", () => own.DeleteQueueAsync("tq.job"));
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_while_it_starts_stops_in_good_order()
    {
        using var proxy = host.StartProxy();
        proxy.Pause();
        await using var worker = TestWorker.Create(host.AddressThrough(proxy), queue => queue.AddHandler<JobHandler>());
        var starting = worker.StartAsync();
        await Eventually.TrueAsync(() => proxy.AcceptedConnections > 0);
        worker.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await starting;
        await worker.StopAsync();
    }

    [Fact]
    public async Task Wrong_credentials_fail_the_start_and_are_not_shown()
    {
        var address = new UriBuilder(host.AmqpUri) { UserName = "nobody", Password = "s3cret" }.Uri;
        await using var worker = TestWorker.Create(address, queue => queue.AddHandler<JobHandler>());
        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(worker.StartAsync);

        Assert.Contains("nobody", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_virtual_host_fails_the_start_and_is_named()
    {
        var address = new UriBuilder(host.AmqpUri) { Path = "no-such-host" }.Uri;
        await using var worker = TestWorker.Create(address, queue => queue.AddHandler<JobHandler>());

        Assert.Contains("no-such-host", (await Assert.ThrowsAsync<BrokerAccessException>(worker.StartAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_published_before_any_worker_existed_wait_for_the_first_one()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using (var publisher = await TestWorker.StartAsync(own.AmqpUri, _ => { }))
        {
            await publisher.Publisher.PublishAsync(new Job("at once"));
            await publisher.Publisher.PublishAsync(new Job("delayed"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(300) });
        }

        await using var worker = await TestWorker.StartAsync(own.AmqpUri, queue => queue.AddHandler<JobHandler>());
        await worker.Script.WaitForEndedAsync(2);

        // Both may be due when the worker comes: which of them ends first is not promised.
        Assert.Equal(["at once", "delayed"], worker.Script.Ended.Select(run => run.Name).Order());
    }

    [Fact]
    public async Task The_start_says_what_is_consumed_and_by_default_warns_of_nothing()
    {
        await using var worker = await TestWorker.StartAsync(host.AmqpUri, queue => queue.AddHandler<JobHandler>());

        Assert.Contains(worker.Logs, line => line.Id.Id == 2200 && line.Message.Contains("'job' from 'tq.job'", StringComparison.Ordinal));
        Assert.DoesNotContain(worker.Logs, line => line.Level >= LogLevel.Warning);
        Assert.Contains(worker.Logs, line => line.Id.Id == 2214 && line.Level == LogLevel.Debug);
    }

    [Fact]
    public async Task The_start_warns_of_a_shutdown_shorter_than_a_timeout_that_was_set()
    {
        await using var worker = await TestWorker.StartAsync(host.AmqpUri, queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
            queue.ForTask<Job>(task => task.Timeout = TimeSpan.FromMinutes(10));
        });

        var warning = Assert.Single(worker.Logs, line => line.Id.Id == 2202 && line.Level == LogLevel.Warning);
        Assert.Contains("'job'", warning.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'chore'", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_rabbitmq_4_3_on_the_consumer_timeout_covers_the_prefetch()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < FirstWithTimeout, "Consumers cannot ask for it before RabbitMQ 4.3: see the next test.");
        var consumer = await ConsumeLongTasksAsync();

        Assert.Equal(((5 * 60) + 1) * 60_000L, consumer.GetProperty("arguments").GetProperty("x-consumer-timeout").GetInt64());
        Assert.EndsWith("/tq.job", consumer.GetProperty("consumer_tag").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_rabbitmq_4_3_the_consumer_timeout_is_left_to_the_policies()
    {
        Assert.SkipWhen(host.Broker.ServerVersion >= FirstWithTimeout, "RabbitMQ 4.3 takes it from the consumer: see the test before.");
        var consumer = await ConsumeLongTasksAsync();

        Assert.Empty(consumer.GetProperty("arguments").EnumerateObject());
    }

    /// <summary>A worker starts while the broker is away; then the broker comes, and refuses it until it is cured.</summary>
    private static async Task AssertWaitsForCureAsync(VirtualHost own, Uri address, string named, Func<Task> cureAsync)
    {
        using var proxy = own.CreateProxy();
        await using var worker = await TestWorker.StartAsync(new UriBuilder(address) { Host = "127.0.0.1", Port = proxy.Port }.Uri, queue => queue.AddHandler<JobHandler>());
        var health = worker.Services.GetRequiredService<TaskQueueHealth>();

        proxy.Start();
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == WorkerRefused && line.Level == LogLevel.Error && line.Message.Contains(named, StringComparison.Ordinal)));
        await Eventually.TrueAsync(() => health.Report.Problems.Any(problem => problem.StartsWith("The worker is starting", StringComparison.Ordinal) && problem.Contains(named, StringComparison.Ordinal)));
        Assert.False(worker.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        await cureAsync();
        await worker.Publisher.PublishAsync(new Job("patient"));
        await worker.Script.WaitForEndedAsync(1);
        await Eventually.EqualAsync(WorkerPhase.Running, () => health.Report.Worker);
    }

    /// <summary>Starts a worker with a timeout of its task type, and returns what the broker knows about its consumer.</summary>
    private async Task<JsonElement> ConsumeLongTasksAsync()
    {
        await using var worker = await TestWorker.StartAsync(host.AmqpUri, queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch, task.Timeout) = (2, 8, TimeSpan.FromHours(1)));
        });
        JsonElement? found = null;
        await Eventually.PassesAsync(async () =>
        {
            var consumers = await host.Management.GetJsonAsync($"api/consumers/{Uri.EscapeDataString(host.Name)}");
            found = Assert.Single(consumers.EnumerateArray(), entry => entry.GetProperty("queue").GetProperty("name").GetString() == "tq.job");
        });
        return found!.Value;
    }
}
