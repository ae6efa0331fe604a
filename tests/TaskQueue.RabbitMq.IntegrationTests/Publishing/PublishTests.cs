using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>What a publisher promises when all is well. No worker runs, and no host is started.</summary>
public sealed class PublishTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task A_published_task_is_in_its_queue_with_the_properties_of_the_wire_format()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);

        var receipt = await rig.Publisher.PublishAsync(
            new ResizePhoto(7, "ü"),
            new PublishOptions { Priority = TaskPriority.High, CorrelationId = "order-7", IdempotencyKey = "key", Headers = new Dictionary<string, string> { ["tenant"] = "42" } });

        var message = await own.WaitForMessageAsync("tq.resize-photo");
        Assert.Equal(new PublishReceipt(message.Properties.MessageId!, "resize-photo", "tq.tasks", "resize-photo.high"), receipt);
        Assert.Equal("resize-photo", message.Properties.Type);
        Assert.Equal("application/x-msgpack", message.Properties.ContentType);
        Assert.True(message.Properties.Persistent);
        Assert.Equal(7, message.Properties.Priority);
        Assert.Equal("order-7", message.Properties.CorrelationId);
        Assert.Equal("key", message.Header("tq-idempotency-key"));
        Assert.Equal("42", message.Header("tenant"));
        Assert.IsType<long>(message.Header("tq-enqueued-at"));
        Assert.Equal(new ResizePhoto(7, "ü"), TaskSerializers.MessagePack.Deserialize<ResizePhoto>(message.Body));
    }

    [Fact]
    public async Task A_delayed_task_comes_when_it_is_due_and_not_before()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        await rig.Publisher.PublishAsync(new SendInvoice(1), new PublishOptions { Delay = TimeSpan.FromDays(1) });
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await own.PurgeAsync("tq.resize-photo");
        var dueAt = TimeProvider.System.GetUtcNow().AddSeconds(2);

        var receipt = await rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { DueAt = dueAt });

        Assert.StartsWith("tq.delay.", receipt.Exchange, StringComparison.Ordinal);
        var message = await own.WaitForMessageAsync("tq.resize-photo");
        Assert.InRange(TimeProvider.System.GetUtcNow(), dueAt, dueAt.AddSeconds(5));
        Assert.InRange((long)message.Header("tq-due-at")!, dueAt.ToUnixTimeMilliseconds(), dueAt.ToUnixTimeMilliseconds() + 1);
    }

    [Fact]
    public async Task Tasks_of_many_publishers_arrive_each_exactly_once()
    {
        const int Publishers = 64;
        const int Each = 100;
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));

        var receipts = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            var mine = new List<PublishReceipt>();
            for (var i = 0; i < Each; i++)
            {
                mine.Add(await rig.Publisher.PublishAsync(new ResizePhoto((publisher * Each) + i)));
            }

            return mine;
        })));

        var arrived = (await own.DrainAsync("tq.resize-photo")).Skip(1).ToList();
        Assert.Equal(receipts.SelectMany(mine => mine).Select(receipt => receipt.TaskId).Order(), arrived.Select(message => message.Properties.MessageId!).Order());
        var numbers = arrived.Select(message => TaskSerializers.MessagePack.Deserialize<ResizePhoto>(message.Body).Number);
        Assert.Equal(Enumerable.Range(0, Publishers * Each), numbers.Order());
    }

    [Fact]
    public async Task A_batch_keeps_its_order()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.Window = 16);
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));

        var receipts = await rig.Publisher.PublishManyAsync(Enumerable.Range(0, 1000).Select(i => new ResizePhoto(i)));

        var arrived = (await own.DrainAsync("tq.resize-photo")).Skip(1).ToList();
        Assert.Equal(receipts.Select(receipt => receipt.TaskId), arrived.Select(message => message.Properties.MessageId));
        Assert.Equal(Enumerable.Range(0, 1000), arrived.Select(message => TaskSerializers.MessagePack.Deserialize<ResizePhoto>(message.Body).Number));
    }

    [Fact]
    public async Task A_batch_publishes_all_it_can_and_lists_what_failed()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.MaxBodyBytes = 1000);
        ResizePhoto[] tasks = [new(0), new(1, new string('x', 2000)), new(2), new(3, new string('x', 2000))];

        var error = await Assert.ThrowsAsync<BatchPublishException>(() => rig.Publisher.PublishManyAsync(tasks).AsTask());

        Assert.Equal([1, 3], error.Failures.Select(failure => failure.Index));
        Assert.All(error.Failures, failure => Assert.Same(tasks[failure.Index], failure.TaskObject));
        Assert.All(error.Failures, failure => Assert.IsType<TaskTooLargeException>(failure.Error));
        Assert.Equal(2, error.Published.Count);
        await own.WaitForReadyAsync("tq.resize-photo", 2);
    }

    [Fact]
    public async Task What_is_wrong_with_one_task_of_a_batch_fails_that_task_alone()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        object[] tasks = [new ResizePhoto(0), new HoldsStream(Stream.Null), null!, new ResizePhoto(3)];

        var error = await Assert.ThrowsAsync<BatchPublishException>(() => rig.Publisher.PublishManyAsync(tasks).AsTask());

        Assert.Equal([1, 2], error.Failures.Select(failure => failure.Index));
        Assert.IsType<TaskQueueConfigurationException>(error.Failures[0].Error);
        Assert.IsType<ArgumentNullException>(error.Failures[1].Error);
        Assert.Equal(2, error.Published.Count);
        await own.WaitForReadyAsync("tq.resize-photo", 2);
    }

    [Fact]
    public async Task A_batch_whose_sequence_throws_tells_what_was_published_before()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);

        var error = await Assert.ThrowsAsync<BatchPublishException>(() => rig.Publisher.PublishManyAsync(OneThenTrouble()).AsTask());

        Assert.Equal((1, "trouble"), (error.Failures.Single().Index, error.Failures.Single().Error.Message));
        Assert.Single(error.Published);

        static IEnumerable<ResizePhoto> OneThenTrouble()
        {
            yield return new ResizePhoto(0);
            throw new InvalidOperationException("trouble");
        }
    }

    [Fact]
    public async Task Wrong_options_of_a_batch_are_refused_before_anything_is_published()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        var options = new PublishOptions { ExpiresAfter = TimeSpan.Zero };

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => rig.Publisher.PublishManyAsync([new ResizePhoto(0)], options).AsTask());

        Assert.Null(await own.Management.FindQueueAsync(own.Name, "tq.resize-photo"));
    }

    [Fact]
    public async Task After_the_end_of_the_application_nothing_is_published()
    {
        var rig = new PublisherRig(host.AmqpUri);
        await rig.Publisher.PublishAsync(new ResizePhoto(1));

        await rig.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.Publisher.PublishAsync(new ResizePhoto(2)).AsTask());
    }

    private sealed record HoldsStream(Stream Content);
}
