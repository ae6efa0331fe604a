using RabbitMQ.Client;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class MessageCopyTests
{
    [Fact]
    public void A_copy_keeps_what_its_publisher_wrote_with_its_types()
    {
        var original = new BasicProperties
        {
            MessageId = "id-1",
            Type = "photos.make",
            ContentType = "application/json",
            ContentEncoding = "gzip",
            CorrelationId = "order-7",
            ReplyTo = "answers",
            AppId = "api",
            Priority = 7,
            Timestamp = new AmqpTimestamp(1_795_410_079),
            Headers = new Dictionary<string, object?> { ["count"] = 3, ["bytes"] = new byte[] { 1, 2 }, ["list"] = new List<object?> { 1L } },
        };

        var copy = Write(original, new Dictionary<string, object?> { ["tq-attempt"] = 2L });

        Assert.Equal("id-1", copy.MessageId);
        Assert.Equal("photos.make", copy.Type);
        Assert.Equal("application/json", copy.ContentType);
        Assert.Equal("gzip", copy.ContentEncoding);
        Assert.Equal("order-7", copy.CorrelationId);
        Assert.Equal("answers", copy.ReplyTo);
        Assert.Equal("api", copy.AppId);
        Assert.Equal(7, copy.Priority);
        Assert.Equal(1_795_410_079, copy.Timestamp.UnixTime);
        Assert.True(copy.Persistent);
        Assert.Equal(3, copy.Headers!["count"]);
        Assert.Equal(original.Headers["bytes"], copy.Headers["bytes"]);
        Assert.Equal(original.Headers["list"], copy.Headers["list"]);
        Assert.Equal(2L, copy.Headers["tq-attempt"]);
    }

    [Theory]
    [InlineData("x-death")]
    [InlineData("x-first-death-queue")]
    [InlineData("x-last-death-reason")]
    [InlineData("x-delivery-count")]
    [InlineData("x-acquired-count")]
    [InlineData("x-dotnet-pub-seq-no")]
    [InlineData("CC")]
    [InlineData("BCC")]
    public void A_copy_leaves_behind_what_the_broker_wrote_or_would_route_by(string header) =>
        Assert.DoesNotContain(header, Write(new BasicProperties { Headers = new Dictionary<string, object?> { [header] = "x" } }, new Dictionary<string, object?>()).Headers!);

    [Fact]
    public void A_change_to_null_removes_a_header() =>
        Assert.Empty(Write(new BasicProperties { Headers = new Dictionary<string, object?> { ["tq-due-at"] = 1L } }, new Dictionary<string, object?> { ["tq-due-at"] = null }).Headers!);

    [Fact]
    public void A_copy_has_neither_a_time_to_live_nor_a_user_that_the_broker_would_check()
    {
        var copy = Write(new BasicProperties { Expiration = "1000", UserId = "somebody" }, new Dictionary<string, object?>());

        Assert.False(copy.IsExpirationPresent());
        Assert.False(copy.IsUserIdPresent());
    }

    private static BasicProperties Write(BasicProperties original, Dictionary<string, object?> changes)
    {
        var properties = new BasicProperties { Headers = new Dictionary<string, object?>() };
        new MessageCopy(original, changes) { Exchange = CachedString.Empty, RoutingKey = CachedString.Empty, Body = default }.WriteProperties(properties);
        return properties;
    }
}
