using Xunit;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class CopyTargetTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CopyTarget _target;

    public CopyTargetTests() => _target = new CopyTarget("tq.dead", _time, new FakeLogger());

    [Fact]
    public async Task Nobody_waits_for_an_exchange_that_takes_its_copies()
    {
        _target.Tried(PublishStatus.Refused, isRefused: false, detail: null, wasProbe: false);

        Assert.False(await _target.IsProbeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task One_probes_a_refused_exchange_and_the_others_wait_for_its_end()
    {
        Refuse(wasProbe: false);
        var turns = Enumerable.Range(0, 3).Select(_ => _target.IsProbeAsync(CancellationToken.None).AsTask()).ToList();

        _time.Advance(RecoveryTimes.FirstQueuePause);
        Assert.True(await await Task.WhenAny(turns));
        Assert.Equal(1, turns.Count(turn => turn.IsCompleted));

        _target.Tried(PublishStatus.Confirmed, isRefused: false, detail: null, wasProbe: true);
        Assert.Equal(1, (await Task.WhenAll(turns)).Count(isProbe => isProbe));
    }

    [Fact]
    public async Task The_next_probe_waits_longer_up_to_the_longest_pause()
    {
        Refuse(wasProbe: false);
        for (var pause = RecoveryTimes.FirstQueuePause; ; pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause))
        {
            var turn = _target.IsProbeAsync(CancellationToken.None).AsTask();
            _time.Advance(pause - TimeSpan.FromMilliseconds(1));
            Assert.False(turn.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await turn);
            Refuse(wasProbe: true);
            if (pause == RecoveryTimes.LongestQueuePause)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task A_probe_whose_delivery_is_gone_leaves_its_place_to_the_next()
    {
        Refuse(wasProbe: false);
        using var gone = new CancellationTokenSource();
        var first = _target.IsProbeAsync(gone.Token).AsTask();
        var next = _target.IsProbeAsync(CancellationToken.None).AsTask();

        await gone.CancelAsync();
        Assert.True(await first);
        _target.Tried(PublishStatus.Unavailable, isRefused: false, detail: null, wasProbe: true);
        while (!next.IsCompleted)
        {
            // It begins its pause on another thread.
            _time.Advance(RecoveryTimes.FirstQueuePause);
            await Task.Yield();
        }

        Assert.True(await next);
    }

    private void Refuse(bool wasProbe) => _target.Tried(PublishStatus.AccessRefused, isRefused: true, "403", wasProbe);
}
