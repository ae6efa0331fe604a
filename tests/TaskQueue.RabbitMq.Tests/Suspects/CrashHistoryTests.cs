using RabbitMQ.Client;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Tests.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class CrashHistoryTests
{
    private readonly EnvelopeReader _reader = new(Deliveries.Model, new PublisherOptions());

    [Fact]
    public void Earlier_queues_and_the_broker_s_count_add_up()
    {
        var history = CrashHistory.Of(new Dictionary<string, object?>
        {
            ["tq-crashes"] = 3,
            ["x-delivery-count"] = 2L,
            ["tq-suspect-crashes"] = "1"u8.ToArray(),
            ["tq-suspect-since"] = 1_700_000_000_000L,
        });

        Assert.Equal(new CrashHistory(3, 2, 1, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000)), history);
        Assert.Equal(5, history.Total);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData("many")]
    [InlineData(1.5)]
    public void A_count_that_somebody_else_wrote_does_no_harm(object value)
    {
        var headers = new Dictionary<string, object?> { ["tq-crashes"] = int.MaxValue, ["x-delivery-count"] = value };

        Assert.Equal(int.MaxValue, CrashHistory.Of(headers).Total);
        Assert.NotNull(Read(headers).Envelope);
    }

    [Theory]
    [InlineData("tq-crashes", -1)]
    [InlineData("tq-crashes", "many")]
    [InlineData("tq-suspect-crashes", 1.5)]
    [InlineData("tq-suspect-since", "yesterday")]
    public void What_only_we_write_is_a_fault_where_it_makes_no_sense(string name, object value) =>
        Assert.Equal(DeadLetterReasons.InvalidHeader, Read(new() { [name] = value }).Fault?.Reason);

    [Fact]
    public void A_task_whose_holders_are_all_well_is_not_even_asked()
    {
        Assert.False(Read(new() { ["tq-enqueued-at"] = 5L, ["x-acquired-count"] = 3L }).HasCrashes);
        Assert.True(Read(new() { ["x-delivery-count"] = 1L }).HasCrashes);
        Assert.True(Read(new() { ["tq-suspect-since"] = 1L }).HasCrashes);
        Assert.Equal(default, CrashHistory.Of(null));
    }

    [Fact]
    public void Looking_for_crashes_allocates_nothing()
    {
        var plain = Message(new() { ["tq-enqueued-at"] = 5L, ["traceparent"] = "00"u8.ToArray() });
        var counted = Message(new() { ["tq-enqueued-at"] = 5L, ["traceparent"] = "00"u8.ToArray(), ["x-delivery-count"] = 1L });

        Assert.Equal(AllocatedBy(plain), AllocatedBy(counted));
    }

    private long AllocatedBy(BasicProperties message)
    {
        _reader.Read(message, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = _reader.Read(message, 0);
        var history = reading.HasCrashes ? CrashHistory.Of(message.Headers) : default;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(reading.HasCrashes ? 1 : 0, history.Total);
        return allocated;
    }

    private EnvelopeReading Read(Dictionary<string, object?> headers) => _reader.Read(Message(headers), 0);

    private static BasicProperties Message(Dictionary<string, object?> headers) => new() { MessageId = "id", Type = "ship", Headers = headers };
}
