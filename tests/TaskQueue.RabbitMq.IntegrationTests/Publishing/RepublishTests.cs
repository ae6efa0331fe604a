using System.Buffers.Binary;
using System.Text;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>What goes out again after a lost connection, in which order, and for whom nothing is sent again.</summary>
public sealed class RepublishTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int FrameError = 501;

    [Fact]
    public async Task A_task_whose_confirm_was_lost_goes_out_again_under_its_id_and_is_accepted_once()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await own.PurgeAsync("tq.resize-photo");

        proxy.PauseReplies();
        var publishing = rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask();
        await own.WaitForReadyAsync("tq.resize-photo", 1);
        proxy.Cut();
        proxy.Resume();

        var receipt = await publishing;
        var arrived = await own.DrainAsync("tq.resize-photo");
        Assert.Equal([receipt.TaskId, receipt.TaskId], arrived.Select(message => message.Properties.MessageId));
        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task One_callers_tasks_arrive_in_the_order_of_its_awaits_although_the_network_breaks()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        var published = new List<string>();
        await PublishAsync();

        for (var round = 0; round < 5; round++)
        {
            // Once before, once while, once after the broker got it.
            await PublishAsync();
            var cut = Task.Run(proxy.Cut);
            await PublishAsync();
            await cut;
            proxy.PauseReplies();
            var under = rig.Publisher.PublishAsync(new ResizePhoto(0)).AsTask();
            await Eventually.TrueAsync(() => rig.Messages.InFlight > 0);
            proxy.Cut();
            proxy.Resume();
            published.Add((await under).TaskId);
        }

        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).Distinct();
        Assert.Equal(published, arrived);
        AssertNothingLeaked(rig);

        async Task PublishAsync() => published.Add((await rig.Publisher.PublishAsync(new ResizePhoto(0))).TaskId);
    }

    [Fact]
    public async Task A_batch_keeps_its_order_across_a_lost_connection()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Window = 64);
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await own.PurgeAsync("tq.resize-photo");

        proxy.Pause();
        var publishing = rig.Publisher.PublishManyAsync(Enumerable.Range(0, 500).Select(i => new ResizePhoto(i))).AsTask();
        await Eventually.EqualAsync(64, () => rig.Messages.InFlight);
        proxy.Cut();
        proxy.Resume();

        var receipts = await publishing;
        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).Distinct();
        Assert.Equal(receipts.Select(receipt => receipt.TaskId), arrived);
        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task A_task_that_nobody_waits_for_any_more_is_not_sent_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        await own.PurgeAsync("tq.resize-photo");
        using var impatient = new CancellationTokenSource();

        proxy.PauseReplies();
        var given = rig.Publisher.PublishAsync(new ResizePhoto(1), impatient.Token).AsTask();
        var kept = rig.Publisher.PublishAsync(new ResizePhoto(2)).AsTask();
        await own.WaitForReadyAsync("tq.resize-photo", 2);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        proxy.Cut();
        proxy.Resume();

        var receipt = await kept;
        Assert.Equal(2, (await own.DrainAsync("tq.resize-photo")).Count(message => message.Properties.MessageId == receipt.TaskId));
        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task Callers_may_stop_waiting_while_there_is_no_connection()
    {
        using var proxy = host.CreateProxy();
        await using var rig = new PublisherRig(host.AddressThrough(proxy));
        using var impatient = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 20).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i), impatient.Token).AsTask()).ToList();
        await Eventually.TrueAsync(() => rig.Health.Report.Publish.LastError is not null);

        await impatient.CancelAsync();

        foreach (var wait in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(TimeSpan.FromSeconds(10)));
        }

        AssertNothingLeaked(rig);
    }

    [Theory]
    [InlineData("no connection")]
    [InlineData("no confirms")]
    [InlineData("a broker that is gone")]
    public async Task A_shutdown_ends_every_publish_whatever_it_waits_for(string trouble)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.CreateProxy();
        var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Window = 4);
        if (trouble != "no connection")
        {
            proxy.Start();
            await rig.Publisher.PublishAsync(new ResizePhoto(0));
        }

        if (trouble == "no confirms")
        {
            proxy.Pause();
        }
        else
        {
            proxy.Stop();
        }

        var waiting = Enumerable.Range(0, 10).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();

        // Five seconds for what is under way, and two goodbyes.
        await rig.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        foreach (var wait in waiting)
        {
            var error = await Assert.ThrowsAnyAsync<TaskPublishException>(() => wait.WaitAsync(TimeSpan.FromSeconds(1)));
            Assert.True(error.OutcomeUnknown || trouble != "no confirms" || error is BrokerUnavailableException);
        }

        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task A_task_for_which_the_connection_is_closed_three_times_is_refused_and_its_neighbours_are_accepted()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        var connections = proxy.AcceptedConnections;
        proxy.Answer("the-culprit"u8.ToArray(), ConnectionClose(FrameError, "FRAME_ERROR - a test says so"));

        var before = Enumerable.Range(0, 10).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();
        var guilty = rig.Publisher.PublishAsync(new ResizePhoto(10), new PublishOptions { TaskId = "the-culprit" }).AsTask();
        var after = Enumerable.Range(11, 10).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();

        var error = await Assert.ThrowsAsync<TaskRefusedException>(() => guilty);
        Assert.Contains("501 FRAME_ERROR - a test says so", error.Message, StringComparison.Ordinal);
        var accepted = (await Task.WhenAll(before.Concat(after))).Select(receipt => receipt.TaskId).ToHashSet();
        Assert.Equal(20, accepted.Count);
        Assert.Superset(accepted, (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).ToHashSet());
        Assert.Equal(3, proxy.AcceptedConnections - connections);
        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task A_connection_that_is_closed_once_beside_a_task_costs_that_task_nothing()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy));
        await rig.Publisher.PublishAsync(new ResizePhoto(0));
        proxy.Answer("a-bystander"u8.ToArray(), ConnectionClose(FrameError, "FRAME_ERROR - of another channel"));
        var publishing = rig.Publisher.PublishAsync(new ResizePhoto(1), new PublishOptions { TaskId = "a-bystander" }).AsTask();
        await Eventually.TrueAsync(() => rig.Health.Report.LastError is not null);
        proxy.Answer("nobody-says-this"u8.ToArray(), []);

        Assert.Equal("a-bystander", (await publishing).TaskId);
        AssertNothingLeaked(rig);
    }

    private static void AssertNothingLeaked(PublisherRig rig)
    {
        Assert.Equal(0, rig.Messages.InFlight);
        Assert.InRange(rig.Messages.Pooled, 0, 2 * 512);
    }

    /// <summary>AMQP 0-9-1, 1.4.2.8: what a broker says before it closes.</summary>
    private static byte[] ConnectionClose(int replyCode, string text)
    {
        var frame = new byte[7 + 4 + 2 + 1 + text.Length + 4 + 1];
        frame[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), frame.Length - 8);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(7), 10);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(9), 50);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(11), (short)replyCode);
        frame[13] = (byte)text.Length;
        Encoding.ASCII.GetBytes(text, frame.AsSpan(14));
        frame[^1] = 0xCE;
        return frame;
    }
}
