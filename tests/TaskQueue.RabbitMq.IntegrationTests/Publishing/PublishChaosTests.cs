using System.Collections.Concurrent;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>The publisher's backlog, window and channels under everything at once: callers that give up, deadlines that pass, connections that break, at random.</summary>
public sealed class PublishChaosTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Rounds = 20;
    private const int Callers = 150;
    private const int Window = 16;

    private readonly ConcurrentBag<int> _confirmed = [];
    private readonly ConcurrentBag<int> _unknown = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_befalls_them_all_publishes_end_once_none_confirmed_is_lost_and_no_place_in_the_window_stays_taken(int seed)
    {
        var random = new Random(seed);
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => (queue.Publisher.Window, queue.Publisher.Deadline) = (Window, TimeSpan.FromSeconds(3)));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        for (var round = 0; round < Rounds; round++)
        {
            var calls = Enumerable.Range(round * Callers, Callers).Select(number => CallAsync(rig, number, patience: random.Next(3) == 0 ? random.Next(40) : null)).ToList();
            Assert.InRange(rig.Messages.InFlight, 0, Window);
            if (random.Next(2) == 0)
            {
                proxy.Cut();
            }

            await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(0, rig.Messages.InFlight);
        }

        await Eventually.TrueAsync(async () => await TryAsync(rig), "a publish to be confirmed at last");
        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => TaskSerializers.MessagePack.Deserialize<ResizePhoto>(message.Body).Number).ToHashSet();
        Assert.Empty(_confirmed.Except(arrived));
        Assert.Empty(arrived.Where(number => number >= 0).Except(_confirmed).Except(_unknown));
        Assert.Equal(Rounds * Callers, _confirmed.Count + _unknown.Count);
    }

    private async Task CallAsync(PublisherRig rig, int number, int? patience)
    {
        using var impatient = new CancellationTokenSource();
        if (patience is { } milliseconds)
        {
            impatient.CancelAfter(milliseconds);
        }

        try
        {
            await rig.Publisher.PublishAsync(new ResizePhoto(number), impatient.Token);
            _confirmed.Add(number);
        }
        catch (Exception error) when (error is OperationCanceledException or TaskPublishException)
        {
            _unknown.Add(number);
        }
    }

    private static async Task<bool> TryAsync(PublisherRig rig)
    {
        try
        {
            await rig.Publisher.PublishAsync(new ResizePhoto(-2));
            return true;
        }
        catch (TaskPublishException)
        {
            return false;
        }
    }
}
