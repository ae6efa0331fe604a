using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>Blocks the threads of the pool that other tests would need.</summary>
[CollectionDefinition(nameof(PoolGuardTests), DisableParallelization = true)]
[Collection(nameof(PoolGuardTests))]
public sealed class PoolGuardTests : IDisposable
{
    // By itself the pool adds two threads a second at most.
    private const int Blocked = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly int _workers;
    private readonly int _ports;

    public PoolGuardTests() => ThreadPool.GetMinThreads(out _workers, out _ports);

    [Fact(Timeout = 30_000)]
    public async Task Work_gets_threads_though_blocked_ones_hold_all_that_there_are_and_the_pool_is_given_back_when_they_do_not()
    {
        var log = new FakeLogger();
        var clock = new FakeTimeProvider();
        using var guard = new PoolGuard(log, clock);
        using var started = new CountdownEvent(Blocked);
        using var gate = new ManualResetEventSlim();
        for (var i = 0; i < Blocked; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    started.Signal();
                    gate.Wait(TestContext.Current.CancellationToken);
                },
                state: null);
        }

        var allStarted = started.Wait(Limit, TestContext.Current.CancellationToken);
        gate.Set();

        Assert.True(allStarted, $"{started.CurrentCount} of {Blocked} had no thread after {Limit}.");
        Assert.Contains(log.Collector.GetSnapshot(), record => record.Id.Id == 2240);
        while (Minimum() != _workers)
        {
            clock.Advance(TimeSpan.FromMinutes(5));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_raised_is_given_back_at_the_end_unless_someone_else_has_set_it()
    {
        Assert.True(PoolMinimum.TryRaise(_workers + 10));
        Assert.False(PoolMinimum.TryRaise(_workers + 10));
        Assert.True(PoolMinimum.TryRaise(_workers + 20));
        new PoolGuard(new FakeLogger(), TimeProvider.System).Dispose();
        while (Minimum() != _workers)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.True(PoolMinimum.TryRaise(_workers + 10));
        ThreadPool.SetMinThreads(_workers + 5, _ports);
        PoolMinimum.Restore();
        Assert.Equal(_workers + 5, Minimum());
    }

    private static int Minimum()
    {
        ThreadPool.GetMinThreads(out var workers, out _);
        return workers;
    }

    public void Dispose() => ThreadPool.SetMinThreads(_workers, _ports);
}
