using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

/// <summary>Adds up each way from the broker's return to the moment when everything is published and consumed again.</summary>
public sealed class RecoveryTimesTests
{
    private static readonly RabbitMqOptions Defaults = new();

    [Fact]
    public void A_broker_that_was_away_is_used_again_in_time() =>
        AssertInTime(Defaults.MaxReconnectDelay, RecoveryTimes.Work);

    [Fact]
    public void A_broker_that_throws_everybody_out_once_more_after_its_return_is_used_again_in_time() =>
        AssertInTime(Defaults.MaxReconnectDelay, RecoveryTimes.Spread, Defaults.MaxReconnectDelay, RecoveryTimes.Work);

    [Fact]
    public void A_node_that_took_the_connection_and_said_nothing_is_used_again_in_time() =>
        AssertInTime(RecoveryTimes.NextTry, Defaults.MaxReconnectDelay, RecoveryTimes.Work);

    [Fact]
    public void A_connection_that_died_without_a_word_is_replaced_in_time() =>
        AssertInTime(RecoveryTimes.SilenceIn(Defaults.Heartbeat), RecoveryTimes.SilenceCheck, RecoveryTimes.Answer, RecoveryTimes.Spread, RecoveryTimes.Work);

    [Fact]
    public void A_worker_that_was_refused_consumes_again_in_time() =>
        AssertInTime(Defaults.MaxReconnectDelay, RecoveryTimes.LongestHostPause, RecoveryTimes.Work);

    [Fact]
    public void A_queue_whose_request_stayed_without_an_answer_is_consumed_again_in_time() =>
        AssertInTime(RecoveryTimes.LongestConsume, RecoveryTimes.FirstQueuePause, RecoveryTimes.Work);

    [Fact]
    public void A_publish_whose_channel_stayed_without_an_answer_is_confirmed_in_time() =>
        AssertInTime(RecoveryTimes.LongestUnanswered, RecoveryTimes.Look, RecoveryTimes.Grace, RecoveryTimes.Look, RecoveryTimes.Work);

    /// <summary>The pause after a request that stayed without an answer is the first one again, since so much time has passed.</summary>
    [Fact]
    public void A_request_without_an_answer_takes_longer_than_pauses_grow() => Assert.True(RecoveryTimes.Rpc > RecoveryTimes.LongestQueuePause);

    [Fact]
    public void The_broker_speaks_at_least_once_before_its_silence_counts() =>
        Assert.True(RecoveryTimes.SilenceIn(Defaults.Heartbeat) > Defaults.Heartbeat / 2);

    private static void AssertInTime(params TimeSpan[] steps) =>
        Assert.InRange(steps.Aggregate((sum, step) => sum + step), TimeSpan.Zero, RecoveryTimes.Bound);
}
