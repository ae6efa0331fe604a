using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class TaskMessageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 5, 6, 789, TimeSpan.Zero);

    [Fact]
    public void A_plain_task_has_the_properties_of_the_wire_format_and_hardly_a_header()
    {
        var properties = Write(new TaskEnvelope { TaskId = "id-1", TaskType = "photos.make", ContentType = "application/x-msgpack", EnqueuedAt = Now, AppId = "api" });

        Assert.Equal("id-1", properties.MessageId);
        Assert.Equal("photos.make", properties.Type);
        Assert.Equal("application/x-msgpack", properties.ContentType);
        Assert.Equal("api", properties.AppId);
        Assert.Equal(4, properties.Priority);
        Assert.True(properties.Persistent);
        Assert.Equal(Now.ToUnixTimeSeconds(), properties.Timestamp.UnixTime);
        Assert.False(properties.IsExpirationPresent());
        Assert.Equal(new Dictionary<string, object?> { ["tq-enqueued-at"] = Now.ToUnixTimeMilliseconds() }, properties.Headers);
    }

    [Fact]
    public void What_a_publisher_said_travels_in_headers()
    {
        var envelope = new TaskEnvelope
        {
            TaskId = "id-1",
            TaskType = "photos.make",
            ContentType = "application/json",
            Priority = TaskPriority.Critical,
            DueAt = Now.AddMinutes(1),
            ExpiresAt = Now.AddMinutes(2),
            IdempotencyKey = "key",
            Unique = new UniqueMark("import:7", TimeSpan.FromHours(1)) { Position = 1_700_000_000_000_000, OnDuplicate = DuplicateAction.Replace },
            CorrelationId = "order-7",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            TraceState = "a=b",
        };
        envelope.SetUserHeader("tenant", "42");

        var properties = Write(envelope);

        Assert.Equal(9, properties.Priority);
        Assert.Equal("order-7", properties.CorrelationId);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["tenant"] = "42",
                ["tq-due-at"] = Now.AddMinutes(1).ToUnixTimeMilliseconds(),
                ["tq-expires-at"] = Now.AddMinutes(2).ToUnixTimeMilliseconds(),
                ["tq-idempotency-key"] = "key",
                ["tq-unique-key"] = "import:7",
                ["tq-unique-window"] = 3_600_000L,
                ["tq-unique-position"] = 1_700_000_000_000_000L,
                ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                ["tracestate"] = "a=b",
            },
            properties.Headers);
    }

    [Fact]
    public void Counters_travel_only_when_they_say_something()
    {
        var headers = Write(new TaskEnvelope { TaskId = "i", TaskType = "t", ContentType = "c", Attempt = 3, EarlyRounds = 2, FirstFailedAt = Now }).Headers!;

        Assert.Equal(3L, headers["tq-attempt"]);
        Assert.Equal(2L, headers["tq-early-rounds"]);
        Assert.Equal(Now.ToUnixTimeMilliseconds(), headers["tq-first-failed-at"]);
    }

    private static BasicProperties Write(TaskEnvelope envelope)
    {
        var properties = new BasicProperties { Headers = new Dictionary<string, object?>() };
        new TaskMessage(envelope) { Exchange = CachedString.Empty, RoutingKey = CachedString.Empty, Body = default }.WriteProperties(properties);
        return properties;
    }
}
