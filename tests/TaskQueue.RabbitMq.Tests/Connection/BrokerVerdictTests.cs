using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class BrokerVerdictTests
{
    [Theory]
    [InlineData(403, "ACCESS_REFUSED - write access to exchange 'x' refused", "AccessRefused")]
    [InlineData(404, "NOT_FOUND - no exchange 'x' in vhost '/'", "NotFound")]
    [InlineData(406, "PRECONDITION_FAILED - message size 2 is larger than configured max size 1", "Rejected")]
    [InlineData(501, "FRAME_ERROR", "Rejected")]
    [InlineData(530, "NOT_ALLOWED - vhost nope not found", "NotAllowed")]
    [InlineData(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'", "Retry")]
    [InlineData(541, "INTERNAL_ERROR - access to vhost '/' refused for user 'u': vhost '/' is down", "Retry")]
    [InlineData(0, "End of stream", "Retry")]
    public void Each_reply_code_has_one_verdict(int code, string text, string verdict) =>
        Assert.Equal(verdict, BrokerVerdicts.Of((ushort)code, text).ToString());

    [Fact]
    public void A_connection_limit_passes_although_its_code_is_that_of_a_missing_permission() =>
        Assert.Equal(BrokerVerdict.Retry, BrokerVerdicts.Of(530, "NOT_ALLOWED - access to vhost '/' refused for user 'u': connection limit (1) is reached"));
}
