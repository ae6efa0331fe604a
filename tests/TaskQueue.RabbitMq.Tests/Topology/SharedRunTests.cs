using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class SharedRunTests
{
    private readonly TaskCompletionSource<int> _first = new();
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;
    private int _runs;

    [Fact]
    public async Task All_who_ask_share_one_run_and_its_result()
    {
        var run = Create();
        var askers = Enumerable.Range(0, 10).Select(_ => run.GetAsync(_test)).ToArray();
        _first.SetResult(7);

        Assert.All(await Task.WhenAll(askers), result => Assert.Equal(7, result));
        Assert.Equal(7, await run.GetAsync(_test));
        Assert.Equal(1, _runs);
        Assert.True(run.IsDone);
    }

    [Fact]
    public async Task A_failed_run_is_started_again_by_the_next_who_asks()
    {
        var run = Create();
        _first.SetException(new TimeoutException());

        await Assert.ThrowsAsync<TimeoutException>(() => run.GetAsync(_test));
        Assert.False(run.IsDone);
        await Assert.ThrowsAsync<TimeoutException>(() => run.GetAsync(_test));
        Assert.Equal(2, _runs);
    }

    [Fact]
    public async Task Repeating_joins_a_run_under_way_and_starts_a_new_one_after_it()
    {
        var run = Create();
        var first = run.GetAsync(_test);
        var joined = run.RepeatAsync(_test);
        _first.SetResult(1);
        await Task.WhenAll(first, joined);
        Assert.Equal(1, _runs);

        await run.RepeatAsync(_test);
        Assert.Equal(2, _runs);
    }

    [Fact]
    public async Task Who_stops_waiting_does_not_stop_the_run()
    {
        var run = Create();
        using var impatient = new CancellationTokenSource();
        var waiting = run.GetAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _first.SetResult(1);

        Assert.Equal(1, await run.GetAsync(_test));
        Assert.Equal(1, _runs);
    }

    private SharedRun<int> Create() => new(() =>
    {
        Interlocked.Increment(ref _runs);
        return _first.Task;
    });
}
