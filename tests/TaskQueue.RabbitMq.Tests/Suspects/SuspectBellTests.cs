using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class SuspectBellTests
{
    private readonly SuspectBell _bell = new();

    [Fact]
    public void A_queue_that_it_rings_for_again_and_again_is_taken_once()
    {
        for (var i = 0; i < 1000; i++)
        {
            _bell.Ring("a");
            _bell.Ring("b");
        }

        Assert.Equal(["a", "b"], new[] { _bell.Take(), _bell.Take() }.Order());
        Assert.Null(_bell.Take());
    }

    [Fact]
    public async Task It_wakes_its_listener_once_for_what_was_taken()
    {
        var waiting = _bell.WhenRungAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        _bell.Ring("a");
        await waiting;
        await _bell.WhenRungAsync(CancellationToken.None);

        Assert.Equal("a", _bell.Take());
        Assert.False(_bell.WhenRungAsync(CancellationToken.None).IsCompleted);
    }
}
