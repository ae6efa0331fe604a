using System.Diagnostics;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>More queues that do not answer than a publisher asks at once, or has channels for that it listens to.</summary>
[Trait("Broker", "Newest")]
public sealed class ManyLeaderlessQueuesTests(BrokerFixture broker)
{
    private const int Queues = 40;
    private const int AskersAtOnce = 32;
    private const string Healthy = "healthy";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Recovery = RecoveryTimes.Bound;
    private static readonly IReadOnlyList<string> Stuck = [.. Enumerable.Range(0, Queues).Select(number => $"stuck-{number}")];

    [Fact]
    public async Task They_hold_up_no_other_cost_few_channels_and_get_all_that_was_published_to_them()
    {
        const int Each = 5;
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri);
        var messages = Stuck.SelectMany(queue => Enumerable.Repeat(queue, Each)).Select(queue => new QueueMessage(queue)).ToList();
        var began = Stopwatch.GetTimestamp();
        var publishing = messages.ConvertAll(message => PublishAsync(rig, message));
        await PublishHealthyAsync(rig);
        Assert.InRange(await own.CountChannelsAsync(), 2, MostChannelsAfter(Stopwatch.GetElapsedTime(began)));
        for (var i = 0; i < 50; i++)
        {
            await PublishHealthyAsync(rig);
        }

        Assert.InRange(await own.CountChannelsAsync(), 2, MostChannelsAfter(Stopwatch.GetElapsedTime(began)));
        Assert.DoesNotContain(publishing, publish => publish.IsCompleted);
        await own.ResumeQueuesAsync(Stuck);

        await AssertConfirmedAsync(publishing);
        Assert.Equal(0, rig.Messages.InFlight);
        var copies = 0;
        foreach (var sent in messages.GroupBy(message => message.Queue, message => message.MessageId))
        {
            var arrived = await own.DrainIdsAsync(sent.Key);
            Assert.Equal(sent.ToHashSet(), arrived.ToHashSet());
            copies += arrived.Count - Each;
        }

        // What was on the channel that was stuck, and what has asked.
        Assert.InRange(copies, 0, messages.Count + MostChannelsAfter(Stopwatch.GetElapsedTime(began)));
    }

    [Fact]
    public async Task Those_that_answer_again_are_found_although_more_than_may_ask_at_once_do_not()
    {
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri);
        var messages = Stuck.Select(queue => new QueueMessage(queue)).ToList();
        var publishing = messages.ConvertAll(message => PublishAsync(rig, message));
        await Eventually.TrueAsync(() => messages.TrueForAll(message => message.Sendings > 1), "all to have asked");

        await own.ResumeQueuesAsync(Stuck.Skip(AskersAtOnce));

        await AssertConfirmedAsync(publishing[AskersAtOnce..]);
        Assert.DoesNotContain(publishing[..AskersAtOnce], publish => publish.IsCompleted);
        await own.ResumeQueuesAsync(Stuck.Take(AskersAtOnce));
        await AssertConfirmedAsync(publishing);
        Assert.Equal(0, rig.Messages.InFlight);
    }

    [Fact]
    public async Task One_after_the_other_they_hold_up_no_other_although_nothing_is_given_up_that_was_sent_to_them()
    {
        const int AsideAtOnce = 16;
        var own = await CreateAsync();
        await using var clock = new TickingClock(speed: 10);
        await using var rig = new PublisherRig(own.AmqpUri, time: clock.Time, heartbeat: TimeSpan.FromMinutes(1));
        var publishing = new List<Task<PublishResult>>();
        foreach (var queue in Stuck.Take(AsideAtOnce + 2))
        {
            // The second stays in flight on the channel that is stuck, while the first asks on others.
            publishing.Add(PublishAsync(rig, new QueueMessage(queue)));
            publishing.Add(PublishAsync(rig, new QueueMessage(queue)));
            await PublishHealthyAsync(rig);
        }

        Assert.DoesNotContain(publishing, publish => publish.IsCompleted);
        await own.ResumeQueuesAsync(Stuck);
        await AssertConfirmedAsync(publishing);
        Assert.Equal(0, rig.Messages.InFlight);
    }

    // The first, which is set aside, and the one in its place; then so many ask, for as long each as the first before it. One may be spare.
    private static int MostChannelsAfter(TimeSpan elapsed) => 3 + (AskersAtOnce * (int)Math.Ceiling((elapsed - RecoveryTimes.Unanswered) / RecoveryTimes.Unanswered));

    private static Task<PublishResult> PublishAsync(PublisherRig rig, QueueMessage message) => rig.Messages.PublishAsync(message, Deadline, CancellationToken.None).AsTask();

    private static async Task PublishHealthyAsync(PublisherRig rig) =>
        Assert.Equal(PublishStatus.Confirmed, (await PublishAsync(rig, new QueueMessage(Healthy)).WaitAsync(Recovery)).Status);

    private static async Task AssertConfirmedAsync(IEnumerable<Task<PublishResult>> publishing) =>
        Assert.All(await Task.WhenAll(publishing).WaitAsync(Recovery), result => Assert.Equal(PublishStatus.Confirmed, result.Status));

    private async Task<SuspendableHost> CreateAsync()
    {
        var own = await SuspendableHost.CreateAsync(broker);
        await using var connection = await new ConnectionFactory { Uri = own.AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Stuck.Append(Healthy))
        {
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        }

        await own.SuspendQueuesAsync(Stuck);
        return own;
    }
}
