using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>Publishing over a network and a broker that misbehave: nothing confirmed is lost, nothing hangs, no place in the window leaks.</summary>
[Trait("Broker", "Newest")]
public sealed class PublishFaultTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task A_publish_waits_for_a_broker_that_comes_later()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.CreateProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        var publishing = rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask();
        var delayed = rig.Publisher.PublishAsync(new SendInvoice(1), new PublishOptions { Delay = TimeSpan.FromMilliseconds(100) }).AsTask();

        proxy.Start();

        Assert.Equal("tq.tasks", (await publishing).Exchange);
        await delayed;
        await own.WaitForReadyAsync("tq.resize-photo", 1);
        await own.WaitForReadyAsync("tq.send-invoice", 1);
    }

    [Fact]
    public async Task Without_a_confirm_the_outcome_is_unknown_and_the_place_in_the_window_is_free_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => (queue.Publisher.Window, queue.Publisher.Deadline) = (1, TimeSpan.FromSeconds(2)));
        await rig.ConnectAsync();
        proxy.Pause();

        var errors = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Assert.ThrowsAnyAsync<TaskPublishException>(() => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask())));
        proxy.Resume();

        // Those that waited for the window were not sent, and that is known; one whose deadline is some milliseconds after the first one's may have taken its place.
        Assert.True(Assert.IsType<PublishTimeoutException>(errors[0]).OutcomeUnknown);
        Assert.All(errors, error => Assert.Equal(error is PublishTimeoutException, error.OutcomeUnknown));
        Assert.All(errors, error => Assert.True(error is PublishTimeoutException or BrokerUnavailableException, error.ToString()));
        await rig.ConnectAsync();
        Assert.Equal(0, rig.Messages.InFlight);
    }

    [Fact]
    public async Task A_caller_may_stop_waiting_and_the_place_in_the_window_is_free_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Window = 1);
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        proxy.Pause();
        using var impatient = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 3).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i), impatient.Token).AsTask()).ToList();

        await impatient.CancelAsync();
        foreach (var wait in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }

        Assert.Equal(0, rig.Messages.InFlight);
        proxy.Resume();
        await rig.Publisher.PublishAsync(new ResizePhoto(9));
    }

    [Fact]
    public async Task The_window_is_used_and_never_exceeded()
    {
        const int Window = 8;
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Window = Window);
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        proxy.Pause();

        var publishing = Enumerable.Range(0, 200).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();
        await Eventually.EqualAsync(Window, () => rig.Messages.InFlight, "the messages in flight");
        proxy.Resume();
        var most = 0;
        while (!publishing.TrueForAll(task => task.IsCompleted))
        {
            most = Math.Max(most, rig.Messages.InFlight);
            await Task.Yield();
        }

        await Task.WhenAll(publishing);
        Assert.InRange(most, 1, Window);
        await own.WaitForReadyAsync("tq.resize-photo", 201);
    }

    [Fact]
    public async Task All_that_is_confirmed_arrives_although_the_broker_closes_the_connection_again_and_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        using var stop = new CancellationTokenSource();
        var publishing = Enumerable.Range(0, 32).Select(_ => PublishUntilAsync(rig, stop.Token)).ToList();

        for (var round = 0; round < 3; round++)
        {
            await Eventually.TrueAsync(async () => await own.CloseConnectionsAsync("taskqueue publish") > 0, "a connection to close");
        }

        await rig.Publisher.PublishAsync(new ResizePhoto(-2));
        await stop.CancelAsync();
        var confirmed = (await Task.WhenAll(publishing)).SelectMany(ids => ids).ToHashSet();

        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).ToHashSet();
        Assert.NotEmpty(confirmed);
        Assert.Superset(confirmed, arrived);
    }

    [Fact]
    public async Task All_that_is_confirmed_arrives_although_the_network_breaks_again_and_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        using var stop = new CancellationTokenSource();
        var publishing = Enumerable.Range(0, 32).Select(_ => PublishUntilAsync(rig, stop.Token)).ToList();

        for (var round = 0; round < 10; round++)
        {
            await rig.Publisher.PublishAsync(new ResizePhoto(-2));
            proxy.Cut();
        }

        await rig.Publisher.PublishAsync(new ResizePhoto(-2));
        await stop.CancelAsync();
        var confirmed = (await Task.WhenAll(publishing)).SelectMany(ids => ids).ToHashSet();

        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).ToHashSet();
        Assert.Superset(confirmed, arrived);
    }

    [Fact]
    public async Task Of_two_tasks_with_one_id_in_flight_the_one_that_came_back_is_told_from_the_other()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var declaring = new PublisherRig(own.AmqpUri);
        await declaring.Publisher.PublishAsync(new SendInvoice(0));
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.DeclareMissingQueues = false);
        var same = new PublishOptions { TaskId = "same" };

        var pairs = Enumerable.Range(0, 20).Select(i => (
            Routed: rig.Publisher.PublishAsync(new SendInvoice(i), same).AsTask(),
            Lost: rig.Publisher.PublishAsync(new ResizePhoto(i), same).AsTask())).ToList();

        foreach (var (routed, lost) in pairs)
        {
            Assert.Equal("send-invoice.normal", (await routed).RoutingKey);
            await Assert.ThrowsAsync<TaskUnroutableException>(() => lost);
        }
    }

    [Fact]
    public async Task A_task_exchange_that_was_deleted_is_declared_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var rig = new PublisherRig(own.AmqpUri);
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await using (var channel = await own.OpenChannelAsync())
        {
            await channel.ExchangeDeleteAsync("tq.tasks");
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()));

        Assert.InRange((await own.CountReadyAsync("tq.resize-photo")).GetValueOrDefault(), 21u, 41u);
    }

    private static async Task<List<string>> PublishUntilAsync(PublisherRig rig, CancellationToken stop)
    {
        var ids = new List<string>();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            ids.Add((await rig.Publisher.PublishAsync(new ResizePhoto(i), CancellationToken.None)).TaskId);
        }

        return ids;
    }
}
