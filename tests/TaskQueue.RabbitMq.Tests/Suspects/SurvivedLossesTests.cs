using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class SurvivedLossesTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
    private readonly SurvivedLosses _losses;

    public SurvivedLossesTests() => _losses = new SurvivedLosses(_time);

    [Fact]
    public void Only_losses_since_the_task_came_count_for_it()
    {
        _losses.Add("q");
        _time.Advance(TimeSpan.FromMinutes(2));
        var since = _time.GetUtcNow();
        _losses.Add("q");
        _time.Advance(TimeSpan.FromMinutes(2));
        _losses.Add("q");

        Assert.Equal(2, _losses.Since("q", since));
        Assert.Equal(3, _losses.Since("q", since: null));
        Assert.Equal(0, _losses.Since("q", _time.GetUtcNow().AddMinutes(2)));
    }

    [Fact]
    public void A_clock_that_is_ahead_by_less_than_a_minute_hides_none()
    {
        _losses.Add("q");

        Assert.Equal(1, _losses.Since("q", _time.GetUtcNow().AddSeconds(59)));
    }

    [Fact]
    public void A_lost_connection_counts_for_every_queue_and_a_lost_channel_for_its_own()
    {
        _losses.Add("q");
        _losses.AddConnection();

        Assert.Equal(2, _losses.Since("q", since: null));
        Assert.Equal(1, _losses.Since("q.suspect", since: null));
    }

    [Fact]
    public void Losses_of_another_queue_do_not_count()
    {
        _losses.Add("q");

        Assert.Equal(0, _losses.Since("other", since: null));
    }

    [Fact]
    public void The_last_thousand_are_remembered()
    {
        for (var i = 0; i < 1500; i++)
        {
            _losses.Add("q");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1000, _losses.Since("q", since: null));
        Assert.Equal(10, _losses.Since("q", _time.GetUtcNow().AddSeconds(50)));
    }
}
