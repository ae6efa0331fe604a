using System.Collections.Concurrent;
using System.Globalization;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>The publisher's backlog, window and channels under everything at once: callers that give up, deadlines that pass, connections that break, queues that do not answer, at random.</summary>
[Trait("Broker", "Newest")]
public sealed class PublishChaosTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Callers = 150;
    private const int Window = 16;
    private const string Extra = "extra";
    private const int ExtraNumber = -1;
    private const string Photos = "tq.resize-photo";
    private const string Invoices = "tq.send-invoice";

    private readonly ConcurrentBag<string> _confirmed = [];
    private readonly ConcurrentBag<string> _unknown = [];
    private readonly ConcurrentBag<string> _failed = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_befalls_them_all_publishes_end_once_none_confirmed_is_lost_and_no_place_in_the_window_stays_taken(int seed)
    {
        const int Rounds = 20;
        var random = new Random(seed);
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = await ConnectAsync(own.AddressThrough(proxy));
        for (var round = 0; round < Rounds; round++)
        {
            var calls = Begin(rig, round, random);
            Assert.InRange(rig.Messages.InFlight, 0, Window);
            CutAtTimes(proxy, random);
            await EndAsync(rig, calls);
        }

        await AssertConfirmsAsync(rig);
        AssertAccount(Rounds, photos: await own.DrainAsync(Photos), invoices: await own.DrainAsync(Invoices));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task So_it_is_where_a_queue_stops_answering_again_and_again(int seed)
    {
        const int Rounds = 8;
        var random = new Random(seed);
        var own = await SuspendableHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = await ConnectAsync(own.AddressThrough(proxy));
        for (var (round, answers) = (0, true); round < Rounds; round++)
        {
            // At times while the calls are under way, at times between two rounds; a queue that is suspended mostly stays so for long enough to be given a channel of its own.
            var turning = random.Next(3) > 0 ? TurnAsync(own, answers = !answers) : Task.CompletedTask;
            await (random.Next(2) == 0 ? turning : Task.CompletedTask);
            var calls = Begin(rig, round, random);
            CutAtTimes(proxy, random);
            await EndAsync(rig, calls);
            await turning;
        }

        await TurnAsync(own, answers: true);
        await AssertConfirmsAsync(rig);
        AssertAccount(Rounds, photos: await own.DrainAsync(Photos), invoices: await own.DrainAsync(Invoices));
    }

    private static async Task<PublisherRig> ConnectAsync(Uri address)
    {
        var rig = new PublisherRig(address, queue => (queue.Publisher.Window, queue.Publisher.Deadline) = (Window, TimeSpan.FromSeconds(3)));
        await AssertConfirmsAsync(rig);
        return rig;
    }

    private static Task TurnAsync(SuspendableHost own, bool answers) => answers ? own.ResumeQueuesAsync(Photos) : own.SuspendQueuesAsync(Photos);

    private static void CutAtTimes(TcpProxy proxy, Random random)
    {
        if (random.Next(2) == 0)
        {
            proxy.Cut();
        }
    }

    private List<Task> Begin(PublisherRig rig, int round, Random random) =>
        [.. Enumerable.Range(round * Callers, Callers).Select(number => CallAsync(rig, number, patience: random.Next(3) == 0 ? random.Next(40) : null))];

    private static async Task EndAsync(PublisherRig rig, List<Task> calls)
    {
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, rig.Messages.InFlight);
    }

    private async Task CallAsync(PublisherRig rig, int number, int? patience)
    {
        var id = IdOf(number);
        using var impatient = new CancellationTokenSource();
        if (patience is { } milliseconds)
        {
            impatient.CancelAfter(milliseconds);
        }

        try
        {
            var options = new PublishOptions { TaskId = id };
            await (number % 2 == 0 ? rig.Publisher.PublishAsync(new ResizePhoto(number), options, impatient.Token) : rig.Publisher.PublishAsync(new SendInvoice(number), options, impatient.Token));
            _confirmed.Add(id);
        }
        catch (Exception error) when (error is OperationCanceledException or TaskPublishException)
        {
            (error is TaskPublishException { OutcomeUnknown: false } ? _failed : _unknown).Add(id);
        }
    }

    private static string IdOf(int number) => number == ExtraNumber ? Extra : number.ToString(CultureInfo.InvariantCulture);

    private static Task AssertConfirmsAsync(PublisherRig rig) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await rig.Publisher.PublishAsync(new ResizePhoto(ExtraNumber), new PublishOptions { TaskId = Extra });
                await rig.Publisher.PublishAsync(new SendInvoice(ExtraNumber), new PublishOptions { TaskId = Extra });
                return true;
            }
            catch (TaskPublishException)
            {
                return false;
            }
        },
        "publishes to be confirmed");

    private void AssertAccount(int rounds, IReadOnlyList<ReceivedMessage> photos, IReadOnlyList<ReceivedMessage> invoices)
    {
        Assert.All(photos, message => Assert.Equal(message.Properties.MessageId, IdOf(TaskSerializers.MessagePack.Deserialize<ResizePhoto>(message.Body).Number)));
        Assert.All(invoices, message => Assert.Equal(message.Properties.MessageId, IdOf(TaskSerializers.MessagePack.Deserialize<SendInvoice>(message.Body).Number)));
        AssertAccount(rounds, [.. photos.Concat(invoices).Select(message => message.Properties.MessageId!)]);
    }

    private void AssertAccount(int rounds, HashSet<string> arrived)
    {
        Assert.Empty(_confirmed.Except(arrived));
        Assert.Empty(arrived.Except(_confirmed).Except(_unknown).Except([Extra]));
        Assert.Empty(arrived.Intersect(_failed));
        Assert.Equal(rounds * Callers, _confirmed.Count + _unknown.Count + _failed.Count);
        Assert.NotEmpty(_confirmed);
    }
}
