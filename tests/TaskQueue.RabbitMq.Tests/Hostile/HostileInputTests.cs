using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.DeadLetters;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Tests.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>
/// A million random messages, each all the way that a worker takes it: guard, the client's decoder, envelope, pipeline with its deserializers, and the
/// copy that settles it. Each is handled, comes again later, or is a dead letter with a reason and a text that people can read; nothing throws, and none
/// takes more memory than it has bytes to show for. <c>TASKQUEUE_FUZZ_CASES</c> and <c>TASKQUEUE_FUZZ_SEED</c> ask for more and for others (eng/fuzz.sh).
/// </summary>
public sealed class HostileInputTests : IDisposable
{
    private const int FirstProperty = 7 + 12;
    private const int LongestDetail = 1024;
    private const int MostBodyBytes = 2_000;

    // The text of an exception from 64 levels down, a task's scope and the headers of its copy; then what stands in the message, several times over.
    private const long BaseAllocation = 1024 * 1024;
    private const long AllocationForEachByte = 256;

    private static readonly int Cases = Setting("TASKQUEUE_FUZZ_CASES", 125_000);
    private static readonly int FirstSeed = Setting("TASKQUEUE_FUZZ_SEED", 1);

    private static readonly FrozenSet<string> Reasons =
        typeof(DeadLetterReasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetValue(null)!).ToFrozenSet();

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ServiceProvider _services;
    private readonly EnvelopeReader _reader;
    private readonly TaskExecutor _executor;
    private readonly DeadLetterHeaders _deadLetters;
    private readonly MessageEncoder _encoder = new(128 * 1024 * 4, frameMax: 0);
    private readonly byte[] _encoded = new byte[128 * 1024 * 4];

    public HostileInputTests()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_time);
        services.AddTaskQueue(queue =>
        {
            queue.Publisher.MaxBodyBytes = MostBodyBytes;
            queue.UseRabbitMq("amqp://nowhere").AddHandler<ParcelHandler>();
        });
        _services = services.BuildServiceProvider();
        _reader = _services.GetRequiredService<EnvelopeReader>();
        _executor = _services.GetRequiredService<TaskExecutor>();
        _deadLetters = _services.GetRequiredService<DeadLetterHeaders>();
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(FirstSeed, 8)];

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_message_ends_with_a_reason_or_is_handled(int seed)
    {
        var messages = new HostileMessages(seed);
        var ends = new Dictionary<string, int>();
        for (var number = 0; number < Cases; number++)
        {
            var message = messages.Next();
            try
            {
                var end = await HandleAsync(message);
                ends[end] = ends.GetValueOrDefault(end) + 1;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}, message {number}: properties {Convert.ToHexString(message.Properties)}, body {Convert.ToHexString(message.Body)}", error);
            }
        }

        Assert.Equal(Cases, ends.Values.Sum());
        // No kind of end is missing, or the messages would not reach what they are to try.
        Assert.True(ends.Count >= 12 && ends.Values.All(count => count > Cases / 10_000), string.Join(", ", ends.Select(end => $"{end.Key} {end.Value}")));
    }

    private async Task<string> HandleAsync(HostileMessage message)
    {
        var frame = Wire.Frame(message.Properties, message.Body.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        new FrameGuard().Inspect(frame);
        var delivery = Deliveries.Of(Deliveries.Source(), properties: new ReadOnlyBasicProperties(frame.AsSpan(FirstProperty..^1)), body: message.Body);
        var (envelope, outcome) = await RunAsync(delivery);
        var end = Settle(delivery, envelope, outcome);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, BaseAllocation + (AllocationForEachByte * (message.Properties.Length + message.Body.Length)));
        return end;
    }

    private async Task<(TaskEnvelope? Envelope, TaskOutcome Outcome)> RunAsync(Delivery delivery)
    {
        var reading = _reader.Read(delivery.Properties, delivery.Body.Length);
        if (reading.Fault is { } fault)
        {
            Assert.InRange(fault.Detail.Length, 1, LongestDetail);
            return (null, new TaskOutcome.DeadLettered(fault.Reason, new InvalidDataException(fault.Detail)));
        }

        var run = _executor.ExecuteAsync(reading.Envelope!, delivery.Body, "tq.parcel", CancellationToken.None).AsTask();
        Assert.True(run.IsCompleted, "Nothing in it has a reason to wait.");
        return (reading.Envelope, await run);
    }

    private string Settle(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome)
    {
        switch (outcome)
        {
            // Chance gives some of them one id or key.
            case TaskOutcome.Completed or TaskOutcome.Discarded { Reason: "duplicate" }:
                return "completed";
            case TaskOutcome.Deferred { BeforeDue: true }:
                Encode(delivery, AttemptHeaders.Early(envelope!));
                return "deferred";
            case TaskOutcome.DeadLettered dead:
                Assert.True(Reasons.Contains(dead.Reason), dead.Reason);
                var evidence = _deadLetters.Of(delivery, envelope, CrashHistory.Of(delivery.Properties.Headers), dead);
                AssertReadable(dead.Reason == DeadLetterReasons.Expired ? dead.Reason : Assert.IsType<string>(evidence[HeaderNames.DeadErrorMessage]));
                Encode(delivery, evidence);
                return dead.Reason;
            default:
                throw new InvalidOperationException($"Nobody asked for the outcome {outcome}.");
        }
    }

    private void Encode(Delivery delivery, Dictionary<string, object?> changes)
    {
        var copy = new MessageCopy(delivery.Properties, changes) { Exchange = new CachedString("x"), RoutingKey = new CachedString("x"), Body = delivery.Body };
        Assert.Null(_encoder.Encode(copy));
        ((IAmqpWriteable)_encoder.Properties).WriteTo(_encoded);
    }

    private static void AssertReadable(string text)
    {
        Assert.False(string.IsNullOrWhiteSpace(text));
        foreach (var character in text)
        {
            var fits = char.GetUnicodeCategory(character) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (!fits && character is not ('\n' or '\r' or '\t'))
            {
                Assert.Fail($"U+{(int)character:X4} in '{text}'");
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
