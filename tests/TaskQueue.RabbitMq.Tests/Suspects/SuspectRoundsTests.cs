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
    [InlineData(4, 60)]
    [InlineData(10, 60)]
    [InlineData(60, 60)]
    [InlineData(100, 100)]
    public void A_missing_queue_is_looked_for_about_once_a_minute_and_one_a_second_at_most(int queues, int roundSeconds)
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
    public void After_ten_looks_in_vain_they_grow_rarer_until_the_bell_rings()
    {
        var rounds = new SuspectRounds(["a"], _time);
        var pauses = new List<double>();
        for (var look = 1; look <= 16; look++)
        {
            VisitDue(rounds, exists: false);
            pauses.Add(rounds.Pause().TotalSeconds);
            _time.Advance(rounds.Pause());
        }

        Assert.Equal([.. Enumerable.Repeat(15.0, 10), 30, 60, 120, 240, 300, 300], pauses);

        rounds.Ring("a");
        VisitDue(rounds, exists: false);
        Assert.Equal(15, rounds.Pause().TotalSeconds);
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
