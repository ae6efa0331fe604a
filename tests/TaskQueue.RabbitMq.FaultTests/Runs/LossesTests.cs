using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>How many ends beyond the first an account allows, and what it finds wrong.</summary>
[Trait("Category", "Quick")]
public sealed class LossesTests
{
    private static readonly Settings Settings = new() { Prefetch = 8 };
    private readonly Account _account = new();

    [Fact]
    public void An_orderly_restart_explains_nothing() =>
        Assert.Equal(0, Explained("worker-0.0", Event.Up, Event.Down, "worker-0.1", Event.Up));

    [Fact]
    public void A_crash_explains_what_the_worker_held() =>
        Assert.Equal(Settings.HeldByAWorker, Explained("worker-0.0", Event.Up, "worker-0.1", Event.Up, Event.Down));

    [Fact]
    public void A_publishers_crash_explains_nothing_and_its_lost_connection_the_publishes_under_way()
    {
        Assert.Equal(0, Explained("load-0.0", Event.Up, "load-0.1", Event.Up));
        Assert.Equal(Load.Callers, Explained("load-0.1", Event.PublishingLost));
    }

    [Fact]
    public void A_consumer_that_ended_alone_explains_its_prefetch() => Assert.Equal(Settings.Prefetch, Explained("worker-0.0", Event.Up, Event.ConsumerLost));

    [Fact]
    public void Consumers_that_went_with_their_connection_explain_nothing_beside_it() =>
        Assert.Equal(Settings.HeldByAWorker, Explained("worker-0.0", Event.ConsumerLost, Event.ConsumingLost, Event.ConsumerLost));

    [Fact]
    public void A_task_that_failed_twice_and_completed_at_its_second_attempt_is_wrong()
    {
        Tell("t", Event.Tried, $"{Fate.FailTwice}", 0);
        Tell("t", Event.Started, "worker-0.0 q", 2);
        Tell("t", Event.Completed, "worker-0.0", 2);

        Assert.False(_account.IsExact(duplicatesAllowed: 0));
        Assert.Equal("t", Assert.Single(_account.WrongAttempts).Id);
    }

    [Fact]
    public void A_dead_letter_that_tells_of_another_number_of_attempts_is_wrong()
    {
        Tell("t", Event.Tried, $"{Fate.FailAlways}", 0);
        Tell("t", Event.Started, "worker-0.0 q", 3);
        Tell("t", Event.DeadLettered, DeadLetterReasons.AttemptsExhausted, 2);

        Assert.Equal("t", Assert.Single(_account.WrongAttempts).Id);
    }

    [Fact]
    public void An_error_that_nobody_has_observed_spoils_the_account()
    {
        Tell("IOException", Event.Unobserved, "worker-0.0", 0);

        Assert.False(_account.IsExact(duplicatesAllowed: 0));
    }

    private void Tell(string id, Event what, string text, long detail) => _account.AddAll([new Entry(what, id, detail, text, 1)]);

    /// <summary>Names a life, then what happens to it.</summary>
    private int Explained(params object[] story)
    {
        var life = "";
        foreach (var part in story)
        {
            if (part is Event what)
            {
                Tell("", what, life, 0);
            }
            else
            {
                life = (string)part;
            }
        }

        return _account.Losses.Explain(Settings);
    }
}
