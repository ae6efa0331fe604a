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
        _target.Tried(PublishStatus.Refused, isRefused: false, detail: null, probe: null);

        Assert.Null(await _target.WaitForTurnAsync(CancellationToken.None));
    }

    [Fact]
    public async Task One_probes_a_refused_exchange_and_the_others_wait_for_its_end()
    {
        Refuse();
        var turns = Enumerable.Range(0, 3).Select(_ => _target.WaitForTurnAsync(CancellationToken.None).AsTask()).ToList();

        _time.Advance(RecoveryTimes.FirstQueuePause);
        var probe = await await Task.WhenAny(turns);
        Assert.Equal(1, turns.Count(turn => turn.IsCompleted));

        _target.Tried(PublishStatus.Confirmed, isRefused: false, detail: null, probe);
        Assert.Equal([probe], (await Task.WhenAll(turns)).Where(turn => turn is not null));
    }

    [Fact]
    public async Task Nobody_waits_for_the_confirm_of_a_probe_that_was_not_refused()
    {
        Refuse();
        var turns = Enumerable.Range(0, 3).Select(_ => _target.WaitForTurnAsync(CancellationToken.None).AsTask()).ToList();
        _time.Advance(RecoveryTimes.FirstQueuePause);
        var probe = await await Task.WhenAny(turns);

        _target.Passed(probe!);

        Assert.Equal([probe], (await Task.WhenAll(turns)).Where(turn => turn is not null));
        Assert.Null(_target.Refusal);
    }

    [Fact]
    public async Task A_probe_that_is_given_up_leaves_its_turn_to_the_next_one_without_another_pause()
    {
        Refuse();
        var turns = Enumerable.Range(0, 2).Select(_ => _target.WaitForTurnAsync(CancellationToken.None).AsTask()).ToList();
        _time.Advance(RecoveryTimes.FirstQueuePause);
        var first = await Task.WhenAny(turns);

        _target.GiveUp((await first)!);

        var next = await turns.Single(turn => turn != first).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotNull(next);
        Assert.NotNull(_target.Refusal);
    }

    [Fact]
    public async Task A_probe_that_has_passed_does_not_end_the_next_one()
    {
        Refuse();
        var passed = await ProbeAsync();
        _target.Passed(passed);
        Refuse();
        await ProbeAsync();
        var waiting = _target.WaitForTurnAsync(CancellationToken.None).AsTask();

        _target.Passed(passed);
        _target.Tried(PublishStatus.Unavailable, isRefused: false, detail: null, passed);

        Assert.NotNull(_target.Refusal);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task The_next_probe_waits_longer_up_to_the_longest_pause()
    {
        Refuse();
        for (var pause = RecoveryTimes.FirstQueuePause; ; pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause))
        {
            var turn = _target.WaitForTurnAsync(CancellationToken.None).AsTask();
            _time.Advance(pause - TimeSpan.FromMilliseconds(1));
            Assert.False(turn.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Refuse(await turn);
            if (pause == RecoveryTimes.LongestQueuePause)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task A_probe_whose_delivery_is_gone_leaves_its_place_to_the_next()
    {
        Refuse();
        using var gone = new CancellationTokenSource();
        var first = _target.WaitForTurnAsync(gone.Token).AsTask();
        var next = _target.WaitForTurnAsync(CancellationToken.None).AsTask();

        await gone.CancelAsync();
        _target.Tried(PublishStatus.Unavailable, isRefused: false, detail: null, await first);
        while (!next.IsCompleted)
        {
            // It begins its pause on another thread.
            _time.Advance(RecoveryTimes.FirstQueuePause);
            await Task.Yield();
        }

        Assert.NotNull(await next);
    }

    private async Task<CopyProbe> ProbeAsync()
    {
        var turn = _target.WaitForTurnAsync(CancellationToken.None).AsTask();
        _time.Advance(RecoveryTimes.FirstQueuePause);
        return (await turn)!;
    }

    private void Refuse(CopyProbe? probe = null) => _target.Tried(PublishStatus.AccessRefused, isRefused: true, "403", probe);
}
