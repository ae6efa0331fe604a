using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Connections that break and queues that vanish while a worker runs.</summary>
public sealed class RecoveryTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int WorkerRefused = 2209;
    private const int ConnectionLost = 2003;
    private const int ConsumesAgain = 2216;
    private const int DelayLineDeclared = 2100;

    [Fact]
    public async Task After_a_lost_connection_the_worker_consumes_again_and_nothing_is_lost()
    {
        using var proxy = host.StartProxy();
        await using var worker = await StartAsync(host.AddressThrough(proxy), (_, _, token) => Task.Delay(2, token));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 300).Select(i => new Job($"job {i}")));
        await worker.Script.WaitForEndedAsync(20);
        proxy.Cut();
        await Eventually.EqualAsync(300, () => worker.Script.Ended.Select(run => run.Name).Distinct().Count());

        await worker.StopAsync();
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task A_handler_whose_connection_is_lost_is_cancelled_and_its_task_comes_again_unspent()
    {
        using var proxy = host.StartProxy();
        await using var worker = await StartAsync(host.AddressThrough(proxy), (_, context, token) => context.Attempt == 1 && !token.IsCancellationRequested && proxy.AcceptedConnections <= 2 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("interrupted"));
        await worker.Script.WaitForStartedAsync(1);
        proxy.Cut();
        await worker.Script.WaitForEndedAsync(2);

        Assert.Equal([1, 1], worker.Script.RunsOf("interrupted").Select(run => run.Attempt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_connection_is_told_by_one_warning_however_many_queues_were_consumed_on_it(bool isCut)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var worker = await TestWorker.StartAsync(own.AddressThrough(proxy), queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>().AddHandler<LaneJobHandler>();
            queue.ForTask<LaneJob>(task => task.Priorities = PriorityMode.Lanes);
        });

        // The broker lists a connection some seconds late.
        await Eventually.TrueAsync(async () => (await own.Management.GetConnectionsAsync(own.Name)).Any(connection => connection.UserProvidedName?.Contains("consume", StringComparison.Ordinal) == true));
        var before = worker.Logs.Count;
        if (isCut)
        {
            proxy.Cut();
        }
        else
        {
            await own.CloseConnectionsAsync("consume");
        }

        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == ConsumesAgain));

        var warnings = worker.Logs.Skip(before).Where(line => line.Level >= LogLevel.Warning).ToList();
        Assert.All(warnings, warning => Assert.Equal(ConnectionLost, warning.Id.Id));

        // The connection to publish may be lost too, and has a line of its own.
        Assert.Single(warnings, warning => warning.Message.Contains("taskqueue consume", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_whose_password_is_changed_goes_on_when_it_is_changed_back()
    {
        var address = await host.CreateUserAsync(UserPermissions.All);
        var (user, password) = ManagementClient.CredentialsOf(address);
        await using var worker = await StartAsync(address, (_, _, _) => Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("before"));
        await worker.Script.WaitForEndedAsync(1);

        await host.Management.CreateUserAsync(user, "another");
        await Eventually.TrueAsync(async () => await host.CloseConnectionsAsync("taskqueue") > 0);
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == WorkerRefused && line.Level == LogLevel.Error));
        await host.Management.CreateUserAsync(user, password);
        await host.PublishAsync("tq.tasks", "job.normal", "{\"Name\":\"after\"}"u8.ToArray(), new() { MessageId = "after-1", Type = "job", ContentType = "application/json" });

        await worker.Script.WaitForEndedAsync(2);
        Assert.False(worker.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_that_may_not_declare_for_a_while_goes_on_when_it_may_again(bool reconnects)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var address = await own.CreateUserAsync(UserPermissions.All);
        var (user, _) = ManagementClient.CredentialsOf(address);
        await using var worker = await StartAsync(address, (_, _, _) => Task.CompletedTask);

        await host.Management.SetPermissionsAsync(own.Name, user, UserPermissions.All with { Configure = "^(?!tq\\.job$)" });
        await own.DeleteQueueAsync("tq.job");
        if (reconnects)
        {
            await Eventually.TrueAsync(async () => await own.CloseConnectionsAsync("consume") > 0);
        }

        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Level == LogLevel.Error && line.Message.Contains("ACCESS_REFUSED", StringComparison.Ordinal)));
        await host.Management.SetPermissionsAsync(own.Name, user, UserPermissions.All);
        await Eventually.EqualAsync<uint?>(1, () => own.CountConsumersAsync("tq.job"));
        await worker.Publisher.PublishAsync(new Job("after"));
        await worker.Script.WaitForEndedAsync(1);
    }

    [Fact]
    public async Task A_deleted_queue_is_declared_and_consumed_again()
    {
        await using var worker = await StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        await host.DeleteQueueAsync("tq.job");
        await Eventually.EqualAsync(1U, async () => await host.CountConsumersAsync("tq.job") ?? 0);
        await worker.Publisher.PublishAsync(new Job("after"));
        await worker.Script.WaitForEndedAsync(1);
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == ConnectionLost);
    }

    [Fact]
    public async Task A_deleted_queue_does_not_wait_for_the_delay_line_to_be_declared_again()
    {
        await using var worker = await StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("delayed"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(100) });
        await worker.Script.WaitForEndedAsync(1);
        var declarations = worker.Logs.Count(line => line.Id.Id == DelayLineDeclared);
        await host.DeleteQueueAsync("tq.job");
        await Eventually.EqualAsync(1U, async () => await host.CountConsumersAsync("tq.job") ?? 0);

        Assert.Equal(declarations, worker.Logs.Count(line => line.Id.Id == DelayLineDeclared));
    }

    [Fact]
    public async Task A_retry_survives_the_loss_of_the_delay_line()
    {
        await using var worker = await StartAsync(host.AmqpUri, (run, _, _) => run.Attempt == 1 ? throw new InvalidOperationException("once") : Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("first"));
        await worker.Script.WaitForEndedAsync(2);
        await DeleteExchangeAsync("tq.delay.0");
        await host.DeleteQueueAsync("tq.delay.200ms");
        await worker.Publisher.PublishAsync(new Job("second"));
        await worker.Script.WaitForEndedAsync(4);

        Assert.Equal([1, 2], worker.Script.RunsOf("second").Select(run => run.Attempt));
    }

    [Fact]
    public async Task A_dead_letter_survives_the_loss_of_its_queue()
    {
        await using var worker = await StartAsync(host.AmqpUri, (_, context, _) =>
        {
            context.DeadLetter("test");
            return Task.CompletedTask;
        });
        await host.DeleteQueueAsync("tq.job.dead");
        await DeleteExchangeAsync("tq.dead");
        await worker.Publisher.PublishAsync(new Job("doomed"));

        Assert.Equal("test", (await host.WaitForMessageAsync("tq.job.dead")).Header("tq-dead-reason"));
    }

    private async Task DeleteExchangeAsync(string exchange)
    {
        await using var channel = await host.OpenChannelAsync();
        await channel.ExchangeDeleteAsync(exchange);
    }

    private static async Task<TestWorker> StartAsync(Uri address, Func<Run, TaskContext, CancellationToken, Task> part)
    {
        var worker = await TestWorker.StartAsync(
            address,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(maxAttempts: 3, delay: TimeSpan.FromMilliseconds(200)));
            },
            part);
        worker.ConsumersMayEnd = true;
        return worker;
    }
}
