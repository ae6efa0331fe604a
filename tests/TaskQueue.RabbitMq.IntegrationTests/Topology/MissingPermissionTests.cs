using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The documented users short of one name each: every part of their permissions is needed, and what happens without it is what the documentation says: an
/// error that names it, or a wait that loses nothing.</summary>
public sealed class MissingPermissionTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int SuspectsNotConsumed = 2217;
    private const int NoSuspectQueue = 2228;
    private const int CopyFailed = 2230;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("publisher", Permission.Write, "tq.tasks", false)]
    [InlineData("delaying-publisher", Permission.Write, "tq.delay.0", true)]
    public async Task A_publish_that_is_not_permitted_is_refused_by_name(string user, Permission permission, string name, bool delayed)
    {
        await using var site = await PrivilegeSite.CreateImportedAsync(host, user, TopologyMode.None);
        await site.GrantAllButAsync(user, permission, name);
        await using var publisher = await site.StartPublisherAsync();

        var error = await Assert.ThrowsAsync<TaskRefusedException>(() => PublishAsync(publisher, delayed));

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.False(error.OutcomeUnknown);
    }

    [Theory]
    [InlineData(Permission.Configure, "tq.job", false)]
    [InlineData(Permission.Configure, "tq.job.dead", false)]
    [InlineData(Permission.Write, "tq.job", false)]
    [InlineData(Permission.Write, "tq.dead", false)]
    [InlineData(Permission.Read, "tq.job", false)]
    [InlineData(Permission.Read, "tq.tasks", false)]
    [InlineData(Permission.Configure, "tq.delay.5s", true)]
    public async Task A_declaration_that_a_publisher_is_not_permitted_leaves_its_task_unroutable(Permission permission, string name, bool delayed)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "declaring-publisher", "declaring-worker", TopologyMode.Declare);
        await site.GrantAllButAsync("declaring-publisher", permission, name);
        await using var publisher = await site.StartPublisherAsync();

        var error = await Assert.ThrowsAsync<TaskUnroutableException>(() => PublishAsync(publisher, delayed));

        Assert.Contains("permission", error.Message, StringComparison.Ordinal);
        Assert.Contains(publisher.Logs.Select(line => line.Message).Append(error.Message), text => text.Contains($"'{name}'", StringComparison.Ordinal) && text.Contains("ACCESS_REFUSED", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tq.job")]
    [InlineData("tq.lane-job.critical")]
    [InlineData("tq.chore.due")]
    public async Task A_worker_that_may_not_read_a_queue_does_not_start(string name)
    {
        await using var site = await PrivilegeSite.CreateImportedAsync(host, "publisher", TopologyMode.Verify);
        await site.GrantAllButAsync("worker", Permission.Read, name);
        await using var worker = site.CreateWorker();

        var error = await Assert.ThrowsAsync<BrokerAccessException>(worker.StartAsync);

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Permission.Configure, "tq.tasks")]
    [InlineData(Permission.Configure, "tq.job")]
    [InlineData(Permission.Write, "tq.unroutable")]
    [InlineData(Permission.Write, "tq.delay.fallback")]
    [InlineData(Permission.Write, "tq.dead")]
    [InlineData(Permission.Write, "tq.job")]
    [InlineData(Permission.Write, "tq.tasks.probe")]
    [InlineData(Permission.Read, "tq.dead")]
    [InlineData(Permission.Read, "tq.tasks")]
    [InlineData(Permission.Read, "tq.delay.deliver")]
    [InlineData(Permission.Read, "tq.job")]
    public async Task A_worker_that_may_not_declare_all_does_not_start(Permission permission, string name)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "publisher", "declaring-worker", TopologyMode.Declare);
        await site.GrantAllButAsync("declaring-worker", permission, name);
        await using var worker = site.CreateWorker();

        var error = await Assert.ThrowsAsync<TopologyException>(worker.StartAsync);

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("ACCESS_REFUSED", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tq.tasks", "retried at once")]
    [InlineData("tq.delay.0", "retried")]
    [InlineData("tq.dead", "doomed")]
    [InlineData("amq.default", "retried at once")]
    public async Task A_task_that_a_worker_may_not_settle_waits_until_it_may(string name, string task)
    {
        await using var site = await PrivilegeSite.CreateImportedAsync(host, "publisher", TopologyMode.None);
        await AssertWaitsAsync(site, "worker", Permission.Write, name, task);
    }

    [Theory]
    [InlineData(Permission.Configure, "tq.delay.5s")]
    [InlineData(Permission.Write, "tq.delay.2")]
    [InlineData(Permission.Read, "tq.delay.2")]
    public async Task A_retry_waits_until_the_worker_may_declare_the_delay_line(Permission permission, string name)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "publisher", "declaring-worker", TopologyMode.Declare);
        await AssertWaitsAsync(site, "declaring-worker", permission, name, "retried");
    }

    [Fact]
    public async Task A_suspect_that_a_worker_may_not_move_runs_where_it_is()
    {
        await using var site = await PrivilegeSite.CreateImportedAsync(host, "publisher", TopologyMode.None);
        await site.GrantAllButAsync("worker", Permission.Write, "amq.default");
        await using var worker = await site.StartWorkerAsync();

        await site.PublishSuspectAsync();
        await worker.Script.WaitForEndedAsync(1);

        Assert.Equal("tq.job", Assert.Single(worker.Script.Started).Queue);
        Assert.Contains("'amq.default'", Assert.Single(worker.Logs, line => line.Id.Id == NoSuspectQueue).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspect_that_a_worker_may_not_read_waits_until_it_may()
    {
        await using var site = await PrivilegeSite.CreateImportedAsync(host, "publisher", TopologyMode.None);
        await site.GrantAllButAsync("worker", Permission.Read, "tq.job.suspect");
        await using var worker = await site.StartWorkerAsync();

        await site.PublishSuspectAsync();
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == SuspectsNotConsumed && line.Message.Contains("'tq.job.suspect'", StringComparison.Ordinal)));
        Assert.Empty(worker.Script.Started);
        await site.GrantAsync("worker");

        // The next one that is moved has the worker look there at once.
        await site.PublishSuspectAsync();
        await worker.Script.WaitForEndedAsync(2);
    }

    private static async Task AssertWaitsAsync(PrivilegeSite site, string user, Permission permission, string name, string task)
    {
        await site.GrantAllButAsync(user, permission, name);
        await using var worker = await site.StartWorkerAsync();
        worker.Script.Part = PrivilegeSite.PlayAsync;
        await using var publisher = await site.StartPublisherAsync();
        await (name == "amq.default" ? publisher.Publisher.PublishAsync(new Chore(task)) : publisher.Publisher.PublishAsync(new Job(task)));

        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == CopyFailed && line.Message.Contains($"'{name}'", StringComparison.Ordinal)));
        await publisher.Publisher.PublishAsync(new Job("done"));
        await worker.Script.WaitForEndedAsync(2);
        Assert.Single(worker.Script.RunsOf(task));
        await site.GrantAsync(user);

        if (task == "doomed")
        {
            await site.Host.WaitForMessageAsync("tq.job.dead");
        }
        else
        {
            await worker.Script.WaitForEndedAsync(3);
            Assert.Equal([1, 2], worker.Script.RunsOf(task).Select(run => run.Attempt));
        }
    }

    private static Task<PublishReceipt> PublishAsync(TestWorker publisher, bool delayed) =>
        publisher.Publisher.PublishAsync(new Job("refused"), new PublishOptions { Delay = delayed ? Moment : null }).AsTask();
}
