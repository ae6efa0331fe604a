using RabbitMQ.Client;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

/// <summary>What is stuck, and what is merely slow.</summary>
public sealed class UnansweredTests
{
    private const string Stuck = "stuck";
    private const string Healthy = "healthy";
    private static readonly int Patience = RecoveryTimes.LooksIn(RecoveryTimes.Unanswered);

    private readonly ConfirmRing _ring = new(512);
    private readonly Unanswered _unanswered;

    public UnansweredTests() => _unanswered = new Unanswered(_ring, new TopologyNames("tq"));

    [Fact]
    public void A_channel_that_is_silent_is_overdue_for_all_that_it_was_sent_by_then()
    {
        Send(Stuck);
        Send(Healthy);
        Look(Patience);

        Assert.Equal([Stuck, Healthy], Overdue());
    }

    [Fact]
    public void What_was_sent_later_is_not_overdue_yet()
    {
        Send(Stuck);
        Look(Patience - 1);
        Send(Healthy);
        Look(1);

        Assert.Equal([Stuck], Overdue());
    }

    [Fact]
    public void A_target_without_an_answer_is_overdue_although_the_broker_answers_for_others()
    {
        Send(Stuck);
        for (var look = 0; look < Patience; look++)
        {
            Answer(Send(Healthy));
            Look(1);
        }

        Answer(Send(Healthy));
        Assert.Equal([Stuck], Overdue());
    }

    [Fact]
    public void A_slow_target_is_not_overdue_while_it_makes_progress()
    {
        var sent = Enumerable.Range(0, 100).Select(_ => Send("slow")).ToList();
        for (var look = 0; look < 3 * Patience; look++)
        {
            Answer(sent[look]);
            Assert.Empty(Overdue());
        }
    }

    [Fact]
    public void A_slow_connection_is_not_overdue_while_answers_come_in_order()
    {
        var sent = Enumerable.Range(0, 3 * Patience).Select(_ => Send(Healthy)).ToList();
        Send("behind them");
        foreach (var tag in sent)
        {
            Answer(tag);
            Assert.Empty(Overdue());
        }
    }

    [Fact]
    public void What_nobody_waits_for_any_more_counts_until_it_is_answered()
    {
        var tag = Send(Stuck);
        _unanswered.Forget(_ring.InOrder().Single());
        Look(Patience);

        Assert.Equal([Stuck], Overdue());
        Assert.Equal([Stuck], _unanswered.Answer(tag, multiple: true).Select(target => target.RoutingKey));
        Assert.True(_unanswered.IsEmpty);
        Assert.Empty(Overdue());
    }

    [Fact]
    public void After_two_hundred_without_any_answer_there_is_no_credit()
    {
        var oldest = Send(Healthy);
        for (var i = 1; i < 200; i++)
        {
            Assert.True(_unanswered.HasCredit);
            Send(Healthy);
        }

        Assert.False(_unanswered.HasCredit);
        Answer(oldest);
        Assert.True(_unanswered.HasCredit);
    }

    [Fact]
    public void While_the_oldest_stands_there_is_credit_for_a_hundred_whatever_the_broker_answers_for_others()
    {
        var oldest = Send(Stuck);
        for (var sweep = 0; sweep < 5; sweep++)
        {
            Answer(Send(Healthy));
            _unanswered.Sweep();
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.True(_unanswered.HasCredit);
            Answer(Send(Healthy));
        }

        Assert.False(_unanswered.HasCredit);
        Answer(oldest);
        _unanswered.Sweep();
        Assert.True(_unanswered.HasCredit);
    }

    [Fact]
    public void A_number_that_is_taken_back_after_its_caller_has_gone_costs_no_credit()
    {
        var tag = Send(Healthy);
        _unanswered.Forget(_ring.InOrder().Single());

        Assert.Null(_unanswered.Withdraw(tag));
        Assert.True(_unanswered.HasCredit);
        Assert.True(_unanswered.IsEmpty);
        Assert.Equal(tag, Send(Healthy));
    }

    [Fact]
    public void Delayed_tasks_are_of_one_target_where_they_wait_in_one_queue()
    {
        Send("0.0.0.5.3.0.0.0.0.1.mail.normal", "tq.delay.6");
        Send("0.0.0.5.9.0.0.0.0.7.mail.high", "tq.delay.6");
        Send("0.0.0.4.9.0.0.0.0.7.mail.high", "tq.delay.6");
        Look(Patience);

        Assert.Equal(["0.0.0.5", "0.0.0.4"], Overdue());
    }

    private ulong Send(string routingKey, string exchange = "tq.tasks")
    {
        var pending = new PendingPublish(null!);
        pending.Start(new Message { Exchange = new CachedString(exchange), RoutingKey = new CachedString(routingKey), Body = default }, deadline: 0);
        _ring.Add(pending);
        return pending.Sequence;
    }

    private void Answer(ulong tag)
    {
        _ring.Take(tag);
        _unanswered.Answer(tag, multiple: false);
    }

    private void Look(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Empty(_unanswered.Overdue());
        }
    }

    private IEnumerable<string> Overdue() => _unanswered.Overdue().Select(target => target.RoutingKey);

    private sealed class Message : OutgoingMessage
    {
        public override string? MessageId => null;

        public override void WriteProperties(BasicProperties target)
        {
        }
    }
}
