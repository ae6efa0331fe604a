using Xunit;
using System.Text;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class EnvelopeReaderTests
{
    private readonly EnvelopeReader _reader = new(Deliveries.Model, new PublisherOptions { MaxBodyBytes = 100 });

    [Fact]
    public void A_bare_message_with_id_and_type_is_a_task()
    {
        var envelope = _reader.Read(Message(), 0).Envelope!;

        Assert.Equal(("id-1", "ship", 1, TaskPriority.Normal), (envelope.TaskId, envelope.TaskType, envelope.Attempt, envelope.Priority));
        Assert.Equal("application/json", envelope.ContentType);
        Assert.False(envelope.HasHeaders);
    }

    [Fact]
    public void Everything_that_travels_is_read()
    {
        var message = Message(("tq-version", 1), ("tq-attempt", 3L), ("tq-enqueued-at", 1_700_000_000_123L), ("tq-due-at", 1_700_000_100_000L), ("tq-expires-at", 1_700_000_200_000L), ("tq-early-rounds", (byte)2),
            ("tq-first-failed-at", 1_700_000_050_000L), ("tq-idempotency-key", Bytes("key")), ("traceparent", Bytes("00-aa-bb-01")), ("tracestate", Bytes("x=y")), ("tenant", Bytes("ü")));
        message.ContentType = "application/x-msgpack";
        message.CorrelationId = "order-7";
        message.AppId = "shop";
        message.Priority = 9;
        var envelope = _reader.Read(message, 0).Envelope!;

        Assert.Equal(("application/x-msgpack", "order-7", "shop", TaskPriority.Critical), (envelope.ContentType, envelope.CorrelationId, envelope.AppId, envelope.Priority));
        Assert.Equal((3, 2, "key"), (envelope.Attempt, envelope.EarlyRounds, envelope.IdempotencyKey));
        Assert.Equal(1_700_000_000_123L, envelope.EnqueuedAt!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(1_700_000_100_000L, envelope.DueAt!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(1_700_000_200_000L, envelope.ExpiresAt!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(1_700_000_050_000L, envelope.FirstFailedAt!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(("00-aa-bb-01", "x=y"), (envelope.TraceParent, envelope.TraceState));
        Assert.Equal("ü", Assert.Single(envelope.Headers).Value);
    }

    [Fact]
    public void A_unique_task_has_a_key_a_window_and_a_place_and_is_none_where_one_of_them_is_missing()
    {
        (string Name, object? Value)[] headers = [("tq-unique-key", Bytes("import:7")), ("tq-unique-window", 3_600_000L), ("tq-unique-position", 5L)];

        Assert.Equal(new UniqueMark("import:7", TimeSpan.FromHours(1)) { Position = 5 }, _reader.Read(Message(headers), 0).Envelope!.Unique);
        foreach (var missing in headers)
        {
            Assert.Null(_reader.Read(Message([.. headers.Where(header => header != missing)]), 0).Envelope!.Unique);
        }
    }

    [Fact]
    public void Numbers_may_have_any_integer_type_or_be_text()
    {
        foreach (object number in new object[] { (sbyte)7, (byte)7, (short)7, (ushort)7, 7, 7U, 7L, 7UL, Bytes("7"), "7" })
        {
            Assert.Equal(7, _reader.Read(Message(("tq-attempt", number)), 0).Envelope?.Attempt);
        }
    }

    [Theory]
    [InlineData(2, TaskPriority.Low)]
    [InlineData(3, TaskPriority.Normal)]
    [InlineData(5, TaskPriority.Normal)]
    [InlineData(6, TaskPriority.High)]
    [InlineData(8, TaskPriority.High)]
    [InlineData(9, TaskPriority.Critical)]
    [InlineData(255, TaskPriority.Critical)]
    public void A_foreign_priority_is_the_nearest_of_ours(byte given, TaskPriority expected)
    {
        var message = Message();
        message.Priority = given;

        Assert.Equal(expected, _reader.Read(message, 0).Envelope!.Priority);
    }

    [Fact]
    public void Scalars_are_user_headers_as_text_and_nested_values_are_none()
    {
        var headers = _reader.Read(Message(("n", 5), ("d", 1.5), ("t", true), ("table", new Dictionary<string, object?>()), ("list", new List<object?>()), ("void", null), ("x-death", new List<object?>()), ("tq-unknown", 1), ("bytes", new byte[] { 0xff })), 0).Envelope!.Headers;

        Assert.Equal(["bytes", "d", "n", "t"], headers.Keys.Order());
        Assert.Equal(("5", "1.5", "true"), (headers["n"], headers["d"], headers["t"]));
    }

    [Fact]
    public void The_timestamp_stands_in_for_a_missing_enqueue_time_where_it_makes_sense()
    {
        var message = Message();
        message.Timestamp = new AmqpTimestamp(1_700_000_000);
        Assert.Equal(1_700_000_000L, _reader.Read(message, 0).Envelope!.EnqueuedAt!.Value.ToUnixTimeSeconds());

        message.Timestamp = new AmqpTimestamp(long.MaxValue);
        Assert.Null(_reader.Read(message, 0).Envelope!.EnqueuedAt);
    }

    [Fact]
    public void A_dead_letter_that_was_moved_back_is_not_as_old_as_its_timestamp()
    {
        var message = Message(("tq-dead-at", 1_700_000_500_000L));
        message.Timestamp = new AmqpTimestamp(1_700_000_000);

        Assert.Null(_reader.Read(message, 0).Envelope!.EnqueuedAt);
    }

    public static TheoryData<string, string?, string?> Identities => new()
    {
        { DeadLetterReasons.MissingTaskId, null, "ship" },
        { DeadLetterReasons.MissingTaskId, "", "ship" },
        { DeadLetterReasons.InvalidTaskId, new string('x', 201), "ship" },
        { DeadLetterReasons.InvalidTaskId, new string('ü', 101), "ship" },
        { DeadLetterReasons.MissingTaskType, "id", null },
        { DeadLetterReasons.MissingTaskType, "id", "" },
        { DeadLetterReasons.UnknownTaskType, "id", "Ship" },
    };

    [Theory]
    [MemberData(nameof(Identities))]
    public void A_message_without_a_usable_identity_is_a_fault(string reason, string? id, string? type)
    {
        var message = new BasicProperties { MessageId = id, Type = type };
        Assert.Equal(reason, _reader.Read(message, 0).Fault!.Reason);
    }

    public static TheoryData<string, object?> BadHeaders
    {
        get
        {
            var data = new TheoryData<string, object?>();
            foreach (var name in new[] { "tq-attempt", "tq-enqueued-at", "tq-due-at", "tq-expires-at", "tq-first-failed-at", "tq-early-rounds", "tq-version" })
            {
                foreach (var value in new object?[] { null, "x", "", 1.5, true, Bytes("99999999999999999999"), ulong.MaxValue, new List<object?>(), new Dictionary<string, object?>() })
                {
                    data.Add(name, value);
                }
            }

            data.Add("tq-attempt", 0);
            data.Add("tq-attempt", -1L);
            data.Add("tq-attempt", long.MaxValue);
            data.Add("tq-early-rounds", -1);
            data.Add("tq-due-at", -1L);
            data.Add("tq-due-at", long.MaxValue);
            data.Add("tq-idempotency-key", 5);
            data.Add("tq-idempotency-key", "");
            data.Add("tq-unique-key", 5);
            data.Add("tq-unique-key", "");
            data.Add("tq-unique-window", 0);
            data.Add("tq-unique-window", long.MaxValue);
            data.Add("tq-unique-position", "x");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void A_header_of_ours_with_a_wrong_value_is_a_fault_that_names_it(string name, object? value)
    {
        var fault = _reader.Read(Message((name, value)), 0).Fault!;

        Assert.Equal(DeadLetterReasons.InvalidHeader, fault.Reason);
        Assert.Contains($"'{name}'", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_wire_version_is_a_fault() =>
        Assert.Equal(DeadLetterReasons.UnknownWireVersion, _reader.Read(Message(("tq-version", 2)), 0).Fault!.Reason);

    [Fact]
    public void A_body_over_the_limit_is_a_fault()
    {
        Assert.Null(_reader.Read(Message(), 100).Fault);
        Assert.Equal(DeadLetterReasons.BodyTooLarge, _reader.Read(Message(), 101).Fault!.Reason);
    }

    [Fact]
    public void Ill_typed_trace_headers_are_ignored() =>
        Assert.Null(_reader.Read(Message(("traceparent", 5), ("tracestate", true)), 0).Envelope!.TraceParent);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static BasicProperties Message(params (string Name, object? Value)[] headers) => new()
    {
        MessageId = "id-1",
        Type = "ship",
        Headers = headers.ToDictionary(header => header.Name, header => header.Value),
    };
}
