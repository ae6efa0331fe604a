using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Copies to an exchange that the broker refuses for as long as nobody cures it.</summary>
public sealed class RefusedCopiesTests(BrokerFixture broker)
{
    private const int ChannelLost = 2020;
    private const int CopyFailed = 2230;
    private const int CopiesSafe = 2235;
    private const int Doomed = 60;
    private const int Retried = 150;

    /// <summary>Without the cure it is for ever; on a busy machine seconds pass until a probe has passed, and until the management API tells.</summary>
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Copies_to_a_refused_exchange_wait_together_while_others_flow_and_all_are_settled_once_it_is_allowed()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await DeclareAsync(host.AmqpUri, host.Management, host.Name);
        var user = $"user-{host.Name}";
        var address = await broker.CreateUserAsync(host.Name, user, UserPermissions.All with { Write = @"^(?!tq\.dead$)" });
        await using var worker = await StartAsync(address);

        await worker.Publisher.PublishAsync(new Job("doomed"));
        await Eventually.TrueAsync(() => CountOf(worker, CopyFailed) > 0, "the first copy to be refused");
        var since = Stopwatch.GetTimestamp();
        await worker.Publisher.PublishManyAsync(Enumerable.Repeat(new Job("doomed"), Doomed));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Retried).Select(i => new Chore(i % 2 == 0 ? "retried" : "retried at once")));

        await Eventually.EqualAsync(2 * Retried, () => worker.Script.Ended.Count(run => run.TaskType == "chore"), within: Promptly);
        await Eventually.EqualAsync(Doomed + 1, () => worker.Services.GetRequiredService<TaskQueueHealth>().Report.Settling.Failing);
        var elapsed = Stopwatch.GetElapsedTime(since);
        Assert.InRange(CountOf(worker, ChannelLost), 1, 7 + (int)(elapsed.TotalSeconds / 3));
        Assert.Equal(1, CountOf(worker, CopyFailed));
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == ChannelLost && line.Level > LogLevel.Debug);

        await broker.CreateUserAsync(host.Name, user, UserPermissions.All);
        await host.WaitForReadyAsync("tq.job.dead", Doomed + 1);
        await Eventually.EqualAsync(1, () => CountOf(worker, CopiesSafe));
        await host.WaitForReadyAsync("tq.job", 0);
        Assert.Equal(Doomed + 1, (await host.DrainAsync("tq.job.dead")).Select(letter => letter.Properties.MessageId).Distinct().Count());
        Assert.Equal(Doomed + 1, worker.Script.Started.Count(run => run.TaskType == "job"));
        Assert.Equal(2 * Retried, worker.Script.Started.Count(run => run.TaskType == "chore"));
    }

    [Fact]
    public async Task Copies_do_not_wait_for_the_confirm_of_one_whose_queue_does_not_answer_once_their_exchange_is_allowed()
    {
        const string Silent = "silent-copy";
        var own = await SuspendableHost.CreateAsync(broker);
        var user = ManagementClient.CredentialsOf(own.AmqpUri).UserName;
        await DeclareAsync(own.AmqpUri, own.Management, own.Name);
        await BindAsync(own.AmqpUri, Silent, "tq.dead", "tq.job");
        await own.Management.SetPermissionsAsync(own.Name, user, UserPermissions.All with { Write = @"^(?!tq\.dead$)" });
        await own.SuspendQueuesAsync(Silent);
        await using var worker = await StartAsync(own.AmqpUri);

        // The probe is one of those that reach the silent queue.
        await worker.Publisher.PublishManyAsync(Enumerable.Repeat(new Job("doomed"), Doomed));
        await worker.Publisher.PublishAsync(new Chore("doomed"));
        await worker.Script.WaitForEndedAsync(Doomed + 1);
        await Eventually.EqualAsync(Doomed + 1, () => worker.Services.GetRequiredService<TaskQueueHealth>().Report.Settling.Failing);
        await own.Management.SetPermissionsAsync(own.Name, user, UserPermissions.All);

        await Eventually.EqualAsync(1, () => CountOfAsync("tq.chore.dead"), within: Promptly);
        await own.ResumeQueuesAsync(Silent);
        await Eventually.EqualAsync(0, () => CountOfAsync("tq.job"));

        // The queue beside the silent one got one more of what asked whether that answers.
        var letters = await own.DrainIdsAsync("tq.job.dead");
        Assert.Equal(Doomed, letters.Distinct().Count());
        Assert.InRange(letters.Count, Doomed, Doomed + 20);

        async Task<int> CountOfAsync(string queue) => (await own.Management.FindQueueAsync(own.Name, queue))?.Messages ?? -1;
    }

    // A classic one: to a quorum queue without a leader the first message of a channel is refused, after a while.
    private static async Task BindAsync(Uri address, string queue, string exchange, string routingKey)
    {
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(queue, exchange, routingKey);
    }

    private static int CountOf(TestWorker worker, int line) => worker.Logs.Count(log => log.Id.Id == line);

    private static async Task DeclareAsync(Uri address, ManagementClient management, string host)
    {
        await using var declaring = await TestWorker.StartAsync(address, queue => queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>());
        await Eventually.NotNullAsync(() => management.FindExchangeAsync(host, "tq.delay.v1"), "the delay line");
    }

    private static Task<TestWorker> StartAsync(Uri address) => TestWorker.StartAsync(
        address,
        queue =>
        {
            queue.UseRabbitMq(rabbit => rabbit.TopologyMode = TopologyMode.None);
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
            queue.ForTask<Job>(task => task.Prefetch = 2 * Doomed);
            queue.ForTask<Chore>(task => task.Retry = RetryPolicy.Fixed(maxAttempts: 3, TimeSpan.FromMilliseconds(300)));
        },
        PrivilegeSite.PlayAsync);
}
