using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

/// <summary>The texts are RabbitMQ 4.3.6's own.</summary>
public sealed class ArgumentMismatchTests
{
    [Theory]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q1' in vhost '/': received '1000' but current is '20'", "x-delivery-limit", "1000", "20")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q1' in vhost '/': received none but current is the value '20' of type 'long'", "x-delivery-limit", "none", "20")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q1' in vhost '/': received the value '5' of type 'long' but current is none", "x-max-length", "5", "none")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'it''s' in vhost 'a b': received 'quorum' but current is 'classic'", "x-queue-type", "quorum", "classic")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e1' in vhost '/': received 'topic' but current is 'direct'", "type", "topic", "direct")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'e1' in vhost '/': received 'false' but current is 'true'", "durable", "false", "true")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'e1' in vhost '/': received the value 'x' of type 'longstr' but current is none", "alternate-exchange", "x", "none")]
    public void The_brokers_words_are_taken_apart(string text, string argument, string wanted, string actual) =>
        Assert.Equal(new ArgumentMismatch(argument, wanted, actual), ArgumentMismatch.Parse(text));

    [Theory]
    [InlineData("PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'q9' in vhost '/' of queue type rabbit_quorum_queue")]
    [InlineData("PRECONDITION_FAILED - unknown exchange type 'x-nonsense'")]
    public void Other_refusals_are_quoted_instead(string text)
    {
        Assert.Null(ArgumentMismatch.Parse(text));
        Assert.Contains(text, TopologyFaults.Differs("queue", "q9", new Refusal(406, text)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_names_queue_argument_both_values_and_the_cure()
    {
        var fault = TopologyFaults.Differs("queue", "tq.a", new Refusal(406, "inequivalent arg 'x-max-length' for queue 'tq.a' in vhost '/': received '10' but current is '5'"));

        Assert.Equal(
            "The queue 'tq.a' exists with 'x-max-length' = '5', and '10' is wanted. A queue's arguments cannot be changed. To lower the limit, leave 'MaxLength' as it was and set a policy with 'max-length' (the smaller one wins); to raise it, set another 'Queue' and name this one in 'FormerQueues', so that it is drained.",
            fault);
    }
}
