using Microsoft.Extensions.Logging.Testing;
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

    [Fact]
    public void Work_gets_threads_though_blocked_ones_hold_all_that_there_are()
    {
        var log = new FakeLogger();
        using var guard = new PoolGuard(log);
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
    }

    public void Dispose() => ThreadPool.SetMinThreads(_workers, _ports);
}
