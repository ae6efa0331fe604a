using RabbitMQ.Client;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class MessageEncoderTests
{
    [Theory]
    [InlineData(4_096, 0, 4_096)]
    [InlineData(4_096, 131_072, 4_096)]
    [InlineData(100_000, 8_192, 8_172)]
    public void Properties_have_at_most_what_the_options_and_one_frame_allow(int ours, uint frameMax, int limit)
    {
        var encoder = new MessageEncoder(ours, frameMax);

        Assert.Null(encoder.Encode(new Sized(limit)));
        var tooLarge = encoder.Encode(new Sized(limit + 1));

        Assert.Equal((PublishStatus.PropertiesTooLarge, limit + 1, limit), (tooLarge?.Status, tooLarge?.Size, tooLarge?.Limit));
    }

    /// <summary>A message whose encoded properties have exactly so many bytes.</summary>
    private sealed class Sized : OutgoingMessage
    {
        private readonly Dictionary<string, object?> _headers = new() { ["a"] = Array.Empty<byte>() };

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Sized(int bytes)
        {
            Exchange = RoutingKey = new CachedString("");
            Body = default;
            var empty = ((IAmqpWriteable)new BasicProperties { Headers = _headers }).GetRequiredBufferSize();
            _headers["a"] = new byte[bytes - empty];
        }

        public override string? MessageId => null;

        public override void WriteProperties(BasicProperties target) => target.Headers!["a"] = _headers["a"];
    }
}
