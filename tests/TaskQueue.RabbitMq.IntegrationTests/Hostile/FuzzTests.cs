using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.RabbitMq.Tests.Hostile;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Hostile;

/// <summary>
/// Thousands of random messages through a real broker, good ones among them: each is settled once, as a dead letter with a reason, as done, or as put off
/// until it is due. <c>TASKQUEUE_FUZZ_BROKER_CASES</c> and <c>TASKQUEUE_FUZZ_SEED</c> ask for more and for others (eng/fuzz.sh).
/// </summary>
[Trait("Broker", "Newest")]
public sealed class FuzzTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const string Queue = "tq.parcel";
    private const int Good = 50;
    private const int DeadLettered = 2225;
    private const int SetAside = 2227;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly int Cases = Setting("TASKQUEUE_FUZZ_BROKER_CASES", 3_000);
    private static readonly int Seed = Setting("TASKQUEUE_FUZZ_SEED", 1);

    [Fact]
    public async Task Thousands_of_random_messages_are_settled_once_each_and_good_ones_between_them_run()
    {
        await using var worker = await StartAsync();
        using var settled = new MetricCollector<long>(worker.Services.GetRequiredService<IMeterFactory>(), TaskQueueTelemetry.MeterName, "taskqueue.tasks");
        await PublishAsync();

        var all = $"all {Cases} messages of the seed {Seed} and {Good} good ones to be settled";
        await worker.Script.WaitForEndedAsync(Good, Patience);
        await Eventually.TrueAsync(() => settled.GetMeasurementSnapshot().Count(IsEnd) >= Cases + Good, all, Patience);
        await worker.StopAsync();

        var ends = settled.GetMeasurementSnapshot().Where(IsEnd).CountBy(measured => (string)measured.Tags["taskqueue.outcome"]!).ToDictionary();
        var summary = $"Seed {Seed}: {string.Join(", ", ends)}";
        Assert.True(ends.Values.Sum() == Cases + Good, summary);
        Assert.True(ends.Keys.Except(["deferred"]).Order().SequenceEqual(["completed", "dead_lettered"]), summary);
        Assert.Equal(Good, worker.Script.Ended.Count);
        Assert.DoesNotContain(worker.Logs, line => line.Level >= LogLevel.Warning && line.Id.Id is not (DeadLettered or SetAside));
        await AssertDeadLettersAsync(ends["dead_lettered"]);
    }

    // One that claims to have ended workers is set aside first, and ends there.
    private static bool IsEnd(CollectedMeasurement<long> measured) => (string)measured.Tags["taskqueue.outcome"]! != "suspected";

    private async Task AssertDeadLettersAsync(int count)
    {
        var letters = await host.DrainAsync(Queue + ".dead");
        Assert.Equal(count, letters.Count);
        Assert.All(letters, letter =>
        {
            Assert.Matches("^[a-z-]+$", letter.Header("tq-dead-reason")?.ToString());
            Assert.StartsWith(Queue, letter.Header("tq-dead-queue")?.ToString(), StringComparison.Ordinal);
        });
    }

    private async Task PublishAsync()
    {
        await using var raw = await RawPublisher.ConnectAsync(host.AmqpUri);
        var messages = new HostileMessages(Seed, forBroker: true);
        for (var number = 0; number < Cases; number++)
        {
            await raw.PublishAsync(Queue, messages.Next());
            if (number % (Cases / Good) == 0)
            {
                await host.PublishAsync("", Queue, "{\"Name\":\"good\"}"u8.ToArray(), new BasicProperties { MessageId = $"good-{number}", Type = "job", ContentType = "application/json" });
            }
        }

        await raw.ConfirmAsync();
    }

    private Task<TestWorker> StartAsync() => TestWorker.StartAsync(
        host.AmqpUri,
        // Chance gives some of them one id: of two at once the second would come again, and be counted again.
        queue => queue.AddHandler<ParcelHandler>().AddHandler<JobHandler>().Idempotency.Enabled = false,
        services: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information)));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
