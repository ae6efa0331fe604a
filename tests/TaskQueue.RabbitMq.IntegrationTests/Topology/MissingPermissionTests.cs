using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The documented users short of one name each: every part of their permissions is needed, and what happens without it is what the documentation says: an
/// error that names it, or a wait that loses nothing.</summary>
public sealed class MissingPermissionTests(BrokerFixture broker)
{
    private const int CopyFailed = 2230;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("publisher", Permission.Write, "tq.tasks", false)]
    [InlineData("delaying-publisher", Permission.Write, "tq.delay.0", true)]
    public async Task A_publish_that_is_not_permitted_is_refused_by_name(string user, Permission permission, string name, bool delayed)
    {
        await using var site = await PrivilegeSite.CreateAsync(broker, user, "worker", TopologyMode.None);
        await site.ImportTopologyAsync();
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
        await using var site = await PrivilegeSite.CreateAsync(broker, "declaring-publisher", "declaring-worker", TopologyMode.Declare);
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
        await using var site = await PrivilegeSite.CreateAsync(broker, "publisher", "worker", TopologyMode.Verify);
        await site.ImportTopologyAsync();
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
        await using var site = await PrivilegeSite.CreateAsync(broker, "publisher", "declaring-worker", TopologyMode.Declare);
        await site.GrantAllButAsync("declaring-worker", permission, name);
        await using var worker = site.CreateWorker();

        var error = await Assert.ThrowsAsync<TopologyException>(worker.StartAsync);

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("ACCESS_REFUSED", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("worker", Permission.Write, "tq.tasks", "retried at once")]
    [InlineData("worker", Permission.Write, "tq.delay.0", "retried")]
    [InlineData("worker", Permission.Write, "tq.dead", "doomed")]
    [InlineData("worker", Permission.Write, "amq.default", "retried at once")]
    [InlineData("declaring-worker", Permission.Configure, "tq.delay.5s", "retried")]
    [InlineData("declaring-worker", Permission.Write, "tq.delay.2", "retried")]
    [InlineData("declaring-worker", Permission.Read, "tq.delay.2", "retried")]
    public async Task A_task_that_a_worker_may_not_settle_waits_until_it_may(string user, Permission permission, string name, string task)
    {
        await using var site = await PrivilegeSite.CreateAsync(broker, "publisher", user, user == "worker" ? TopologyMode.None : TopologyMode.Declare);
        if (user == "worker")
        {
            await site.ImportTopologyAsync();
        }

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
