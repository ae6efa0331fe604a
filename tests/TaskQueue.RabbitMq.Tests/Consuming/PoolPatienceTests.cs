using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class PoolPatienceTests
{
    private TimeSpan _waited;
    private TimeSpan _used;

    // Of one processor, in the window of that number.
    private Func<int, double> _load = _ => 0;
    private int _windows;
    private int _signComesIn = int.MaxValue;

    [Fact]
    public void Threads_that_do_nothing_are_blocked_after_ten_windows()
    {
        Assert.True(IsOver());
        Assert.Equal(TimeSpan.FromMilliseconds(500), _waited);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.2)]
    [InlineData(16)]
    public void Threads_that_compute_have_two_seconds(double load)
    {
        _load = _ => load;

        Assert.True(IsOver());
        Assert.Equal(TimeSpan.FromSeconds(2), _waited);
    }

    [Fact]
    public void A_container_that_stands_still_for_every_other_window_computes()
    {
        _load = window => window % 2 == 0 ? 0 : 2.4;

        Assert.True(IsOver());
        Assert.Equal(TimeSpan.FromSeconds(2), _waited);
    }

    [Fact]
    public void Threads_that_first_compute_and_then_do_nothing_are_blocked()
    {
        _load = window => window < 10 ? 1 : 0;

        Assert.True(IsOver());
        Assert.Equal(TimeSpan.FromMilliseconds(50 * 20), _waited);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_sign_ends_the_wait(int window)
    {
        _signComesIn = window;

        Assert.False(IsOver());
        Assert.Equal(window, _windows);
    }

    private bool IsOver() => new PoolPatience(Wait, () => _used).IsOver();

    private bool Wait(TimeSpan time)
    {
        if (_windows == _signComesIn)
        {
            return true;
        }

        _used += time * _load(_windows++);
        _waited += time;
        return false;
    }
}
