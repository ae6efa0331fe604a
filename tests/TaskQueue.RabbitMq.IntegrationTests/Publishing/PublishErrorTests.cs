using System.Buffers;
using RabbitMQ.Client;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>Each typed error, for real.</summary>
public sealed class PublishErrorTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_type_without_a_queue_is_unroutable_where_the_publisher_must_not_declare()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var declaring = new PublisherRig(own.AmqpUri);
        await declaring.Publisher.PublishAsync(new SendInvoice(1));
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.DeclareMissingQueues = false);

        var error = await Assert.ThrowsAsync<TaskUnroutableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask());

        Assert.Equal(("resize-photo", "tq.tasks", "resize-photo.normal"), (error.TaskType, error.Exchange, error.RoutingKey));
        Assert.Contains("'Publisher.DeclareMissingQueues'", error.Message, StringComparison.Ordinal);
        await rig.Publisher.PublishAsync(new SendInvoice(2));
    }

    [Fact]
    public async Task A_type_without_a_queue_is_unroutable_where_the_user_may_not_declare()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(await own.CreateUserAsync(UserPermissions.WithoutDeclaring));

        var now = await Assert.ThrowsAsync<TaskUnroutableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask());
        var later = await Assert.ThrowsAsync<TaskUnroutableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { Delay = TimeSpan.FromMinutes(1) }).AsTask());

        Assert.Contains("permission", now.Message, StringComparison.Ordinal);
        Assert.Contains("permission", later.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_refuses()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.ForTask<ResizePhoto>(task => task.MaxLength = 1));

        var error = await Assert.ThrowsAsync<TaskRefusedException>(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await rig.Publisher.PublishAsync(new ResizePhoto(i));
            }
        });

        Assert.False(error.OutcomeUnknown);
        Assert.Contains("length limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_not_write_is_refused_with_the_brokers_words()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var declaring = new PublisherRig(own.AmqpUri);
        await declaring.Publisher.PublishAsync(new ResizePhoto(1));
        await using var rig = new PublisherRig(await own.CreateUserAsync(UserPermissions.None));

        var errors = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Assert.ThrowsAsync<TaskRefusedException>(() => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask())));

        Assert.All(errors, error => Assert.Contains("ACCESS_REFUSED", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_the_tasks_under_way_when_their_exchange_is_refused_only_the_last_was_certainly_not_accepted()
    {
        var own = await SuspendableHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.DeclareMissingQueues = false);
        await using (var declaring = new PublisherRig(own.AmqpUri))
        {
            await declaring.Publisher.PublishAsync(new ResizePhoto(0));
        }

        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await own.SuspendQueuesAsync("tq.resize-photo");
        var earlier = rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { TaskId = "accepted" }).AsTask();

        // The broker works in order: once it has sent this one back, the other is on its way into its queue.
        await Assert.ThrowsAsync<TaskUnroutableException>(() => rig.Publisher.PublishAsync(new SendInvoice(1)).AsTask());
        await using (var connection = await new ConnectionFactory { Uri = own.AmqpUri }.CreateConnectionAsync())
        await using (var channel = await connection.CreateChannelAsync())
        {
            await channel.ExchangeDeleteAsync("tq.tasks");
        }

        var last = rig.Publisher.PublishAsync(new ResizePhoto(2)).AsTask();

        Assert.False((await Assert.ThrowsAsync<TaskUnroutableException>(() => last)).OutcomeUnknown);
        var error = await Assert.ThrowsAsync<TaskUnroutableException>(() => earlier);
        Assert.True(error.OutcomeUnknown);
        Assert.Contains("may have accepted it", error.Message, StringComparison.Ordinal);
        await own.ResumeQueuesAsync("tq.resize-photo");
        await Eventually.EqualAsync(3, async () => (await own.Management.FindQueueAsync(own.Name, "tq.resize-photo"))?.Messages ?? 0);
    }

    [Fact]
    public async Task Too_large_a_body_or_too_many_headers_are_not_sent()
    {
        await using var rig = new PublisherRig(host.AmqpUri, queue => (queue.Publisher.MaxBodyBytes, queue.Publisher.MaxPropertiesBytes) = (1000, 1024));

        var body = await Assert.ThrowsAsync<TaskTooLargeException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1, new string('x', 5000))).AsTask());
        var headers = await Assert.ThrowsAsync<TaskTooLargeException>(() =>
            rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { Headers = new Dictionary<string, string> { ["a"] = new string('x', 2000) } }).AsTask());

        Assert.InRange(body.Size, 5000, 5100);
        Assert.Equal((1000, 1024), (body.Limit, headers.Limit));
        Assert.InRange(headers.Size, 2000, 2500);
    }

    [Fact]
    public async Task A_body_over_the_brokers_own_limit_gets_its_error_and_those_beside_it_live()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.MaxBodyBytes = 32 * 1024 * 1024);
        await rig.Publisher.PublishAsync(new SendInvoice(-1));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));

        var before = Enumerable.Range(0, 50).Select(i => rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask()).ToList();
        var guilty = rig.Publisher.PublishAsync(new ResizePhoto(0, new string('x', 17 * 1024 * 1024))).AsTask();
        var after = Enumerable.Range(50, 50).Select(i => rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask()).ToList();

        var error = await Assert.ThrowsAsync<TaskTooLargeException>(() => guilty);
        Assert.Equal(16 * 1024 * 1024, error.Limit);
        Assert.Contains("max_message_size", error.Message, StringComparison.Ordinal);
        var receipts = await Task.WhenAll(before.Concat(after));
        var arrived = (await own.DrainAsync("tq.send-invoice")).Select(message => message.Properties.MessageId!).ToHashSet();
        Assert.Superset(receipts.Select(receipt => receipt.TaskId).ToHashSet(), arrived);
    }

    [Fact]
    public async Task A_task_that_cannot_be_written_is_not_sent()
    {
        await using var rig = new PublisherRig(host.AmqpUri, queue => queue.ForTask<ResizePhoto>(task => task.Serializer = new BrokenSerializer()));

        var error = await Assert.ThrowsAsync<TaskSerializationException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask());

        Assert.Contains("'application/x-broken': The pen is dry.", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(error.InnerException);
    }

    [Fact]
    public async Task Without_a_broker_the_error_names_it_after_the_deadline()
    {
        using var proxy = host.CreateProxy();
        await using var rig = new PublisherRig(host.AddressThrough(proxy), queue => queue.Publisher.Deadline = Short);

        var now = await Assert.ThrowsAsync<BrokerUnavailableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask());
        var later = await Assert.ThrowsAsync<BrokerUnavailableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { Delay = TimeSpan.FromHours(1) }).AsTask());

        Assert.All([now, later], error => Assert.StartsWith($"127.0.0.1:{proxy.Port}, virtual host '{host.Name}'", error.Endpoint, StringComparison.Ordinal));
        Assert.NotNull(now.InnerException);
        Assert.False(now.OutcomeUnknown);
    }

    [Fact]
    public async Task A_refused_login_is_told_at_once_without_the_password()
    {
        await using var rig = new PublisherRig(host.Broker.AddressOf(host.Name, host.Broker.UserName, "hunter2"));

        var error = await Assert.ThrowsAsync<BrokerUnavailableException>(() => rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask());

        Assert.IsType<BrokerAccessException>(error.InnerException);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    private sealed class BrokenSerializer : ITaskSerializer
    {
        public string ContentType => "application/x-broken";

        public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
            where TTask : notnull => throw new InvalidOperationException("The pen is dry.");

        public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
            where TTask : notnull => throw new NotSupportedException();

        public string? FindFault(Type taskType) => null;
    }
}
