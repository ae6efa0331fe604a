using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class SuspectRoundsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void At_first_every_queue_is_looked_into_at_once()
    {
        var rounds = new SuspectRounds(["a", "b", "c"], _time);

        Assert.Equal(["a", "b", "c"], VisitDue(rounds, exists: false));
        Assert.Null(rounds.Next());
    }

    [Theory]
    [InlineData(1, 15)]
    [InlineData(60, 15)]
    [InlineData(200, 50)]
    public void A_missing_queue_is_asked_for_every_fifteen_seconds_and_four_a_second_at_most(int queues, int roundSeconds)
    {
        var rounds = new SuspectRounds(Enumerable.Range(0, queues).Select(i => $"{i}"), _time);
        VisitDue(rounds, exists: false);

        _time.Advance(TimeSpan.FromSeconds(roundSeconds) - TimeSpan.FromMilliseconds(1));
        Assert.Null(rounds.Next());
        Assert.Equal(TimeSpan.FromMilliseconds(1), rounds.Pause());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(rounds.Next());
    }

    [Fact]
    public void One_that_nobody_has_declared_is_looked_at_once_in_five_minutes() =>
        Assert.Equal([0, 300, 600], LooksWithin(TimeSpan.FromMinutes(11), _ => false));

    [Fact]
    public void One_that_somebody_declares_is_looked_at_when_that_is_heard() =>
        Assert.Equal([0, 75], LooksWithin(TimeSpan.FromSeconds(80), second => second >= 70));

    [Fact]
    public void One_that_is_gone_is_looked_at_more_and_more_rarely_until_the_bell_rings()
    {
        var rounds = new SuspectRounds(["a"], _time);
        Assert.Equal([0, 15, 45, 105, 225, 465, 765, 1065], LooksWithin(TimeSpan.FromMinutes(19), _ => true, rounds));

        rounds.Ring("a");
        Assert.True(rounds.MayLook("a", isBound: true));
    }

    [Fact]
    public void Queues_that_exist_take_turns_of_a_second()
    {
        var rounds = new SuspectRounds(["a", "b"], _time);
        VisitDue(rounds, exists: true);

        var visits = new List<string>();
        for (var second = 0; second < 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            visits.AddRange(VisitDue(rounds, exists: true));
        }

        Assert.InRange(visits.Count, 9, 11);
        Assert.Equal(visits.Count(queue => queue == "a"), visits.Count(queue => queue == "b"), tolerance: 1);
    }

    [Fact]
    public void What_the_bell_rings_for_comes_at_once()
    {
        var rounds = new SuspectRounds(["a", "b"], _time);
        VisitDue(rounds, exists: false);

        rounds.Ring("b");
        rounds.Ring("unknown");

        Assert.Equal(TimeSpan.Zero, rounds.Pause());
        Assert.Equal("b", rounds.Next());
    }

    private List<int> LooksWithin(TimeSpan time, Func<int, bool> isBound, SuspectRounds? rounds = null)
    {
        rounds ??= new SuspectRounds(["a"], _time);
        var looks = new List<int>();
        for (var second = 0; second < time.TotalSeconds; second++)
        {
            if (rounds.Next() is { } queue)
            {
                var looked = rounds.MayLook(queue, isBound(second));
                looks.AddRange(looked ? [second] : []);
                rounds.Visited(queue, looked ? false : null);
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return looks;
    }

    private static List<string> VisitDue(SuspectRounds rounds, bool exists)
    {
        var visited = new List<string>();
        while (rounds.Next() is { } queue)
        {
            visited.Add(queue);
            rounds.Visited(queue, exists);
        }

        return visited;
    }
}
