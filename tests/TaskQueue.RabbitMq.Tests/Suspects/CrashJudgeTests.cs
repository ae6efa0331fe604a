using Microsoft.Extensions.Time.Testing;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Tests.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class CrashJudgeTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
    private readonly SurvivedLosses _losses;
    private readonly CrashJudge _judge;

    public CrashJudgeTests() => _judge = new CrashJudge(_losses = new SurvivedLosses(_time));

    [Theory]
    [InlineData(0, 2, "Run")]
    [InlineData(0, 3, "Suspect")]
    [InlineData(2, 1, "Suspect")]
    [InlineData(9, 0, "Suspect")]
    public void From_its_limit_on_a_task_is_a_suspect(int before, int here, string verdict) =>
        Assert.Equal(verdict, Judge(new CrashHistory(before, here, 0, null)).ToString());

    [Fact]
    public void Losses_that_this_process_survived_are_not_held_against_a_task()
    {
        for (var i = 0; i < 10; i++)
        {
            Lose("tq.ship");
        }

        Assert.Equal(CrashVerdict.Run, Judge(new CrashHistory(0, 12, 0, null)));
        Assert.Equal(CrashVerdict.Suspect, Judge(new CrashHistory(0, 13, 0, null)));
    }

    [Fact]
    public void Losses_from_before_the_task_was_due_do_not_acquit_it()
    {
        Lose("tq.ship");

        Assert.Equal(CrashVerdict.Suspect, Judge(new CrashHistory(0, 3, 0, null), dueAt: _time.GetUtcNow().AddMinutes(2)));
        Assert.Equal(CrashVerdict.Run, Judge(new CrashHistory(0, 3, 0, null)));
    }

    [Fact]
    public void A_suspect_that_was_put_off_comes_back_as_one_however_many_losses_were_survived()
    {
        Lose("tq.ship");
        Lose("tq.ship");

        Assert.Equal(CrashVerdict.Suspect, Judge(new CrashHistory(1, 0, 0, _time.GetUtcNow())));
    }

    [Theory]
    [InlineData(30, 0, 0, "Run")]
    [InlineData(30, 1, 0, "Run")]
    [InlineData(30, 2, 0, "Poison")]
    [InlineData(30, 1, 1, "Poison")]
    public void Among_the_suspects_only_what_happened_there_counts(int before, int here, int asSuspect, string verdict) =>
        Assert.Equal(verdict, Judge(new CrashHistory(before, here, asSuspect, _time.GetUtcNow()), holdsSuspects: true).ToString());

    [Fact]
    public void A_suspect_whose_connection_was_lost_and_not_its_worker_is_not_poison()
    {
        var since = _time.GetUtcNow();
        Lose("tq.ship.suspect");

        Assert.Equal(CrashVerdict.Run, Judge(new CrashHistory(3, 2, 0, since), holdsSuspects: true));
        Assert.Equal(CrashVerdict.Poison, Judge(new CrashHistory(3, 2, 0, _time.GetUtcNow().AddMinutes(2)), holdsSuspects: true));
    }

    [Fact]
    public void A_message_that_somebody_put_among_the_suspects_is_judged_as_one() =>
        Assert.Equal(CrashVerdict.Poison, Judge(new CrashHistory(0, 2, 0, null), holdsSuspects: true));

    private void Lose(string queue)
    {
        _losses.Add(queue);
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private CrashVerdict Judge(CrashHistory history, bool holdsSuspects = false, DateTimeOffset? dueAt = null)
    {
        var envelope = new TaskEnvelope { TaskId = "id", TaskType = "ship", ContentType = "application/json", EnqueuedAt = DateTimeOffset.UnixEpoch.AddYears(53), DueAt = dueAt };
        return _judge.Judge(Deliveries.Of(Deliveries.Source(holdsSuspects: holdsSuspects)), envelope, history, maxCrashes: 3);
    }
}
