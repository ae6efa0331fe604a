using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>Blocks the threads of the pool that other tests would need.</summary>
[CollectionDefinition(nameof(PoolGuardTests), DisableParallelization = true)]
[Collection(nameof(PoolGuardTests))]
public sealed class PoolGuardTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // A guard looks four times a second, and waits for a sign for half a second at least.
    private static readonly TimeSpan AlmostPatience = TimeSpan.FromMilliseconds(400);

    private const int Slots = 500;

    private readonly int _workers;
    private readonly int _ports;

    public PoolGuardTests() => ThreadPool.GetMinThreads(out _workers, out _ports);

    [Fact(Timeout = 90_000)]
    public async Task Work_gets_threads_though_blocked_ones_hold_all_that_there_are_and_the_pool_is_given_back_when_they_do_not()
    {
        using var told = new ManualResetEventSlim();
        var log = new FakeLogger(_ => told.Set());
        var clock = new FakeTimeProvider();
        await using (var pool = new BlockedPool())
        {
            using var guard = new PoolGuard(slots: 1, log, clock);

            Assert.True(told.Wait(Limit, TestContext.Current.CancellationToken), "Nothing was told of the threads.");
            Assert.True(pool.AllStart(Limit), $"Some had no thread after {Limit}.");
            Assert.Contains(log.Collector.GetSnapshot(), record => record.Id.Id == 2240);
            pool.Release();
            await WaitUntilGivenBackAsync(clock);
        }
    }

    [Fact(Timeout = 90_000)]
    public async Task The_pool_gets_a_thread_for_each_slot_in_one_step_though_few_handlers_wait_yet()
    {
        using var told = new ManualResetEventSlim();
        var log = new FakeLogger(_ => told.Set());
        int slots;
        await using (var pool = new BlockedPool())
        {
            pool.WaitUntilStill();
            slots = ThreadPool.ThreadCount + (3 * BlockedPool.Waiting);
            using (new PoolGuard(slots, log, TimeProvider.System))
            {
                Assert.True(told.Wait(Limit, TestContext.Current.CancellationToken), $"Nothing was raised after {Limit}.");
            }

            Assert.Equal(_workers, Minimum());
        }

        Assert.Contains($"minimum is now {slots + 8}.", log.Collector.GetSnapshot()[0].Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Where_the_pool_may_have_fewer_threads_it_gets_those_and_one_warning_that_they_are_all()
    {
        var few = _workers + 22;
        ThreadPool.GetMaxThreads(out var most, out var mostPorts);
        using var told = new ManualResetEventSlim();
        var log = new FakeLogger(line => TellOf(line, few, told));
        await using (new BlockedPool())
        {
            try
            {
                Assert.True(ThreadPool.SetMaxThreads(few, mostPorts));
                using var guard = new PoolGuard(Slots, log, TimeProvider.System);

                Assert.True(told.Wait(Limit, TestContext.Current.CancellationToken), $"Nothing was said of the maximum after {Limit}.");
                Assert.Equal(few, Minimum());
            }
            finally
            {
                ThreadPool.SetMaxThreads(most, mostPorts);
            }
        }

        Assert.Contains(log.Collector.GetSnapshot(), record => record.Id.Id == 2240 && record.Message.Contains($"minimum is now {few}", StringComparison.Ordinal));
        Assert.Single(log.Collector.GetSnapshot(), record => record.Id.Id == 2242);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_guard_that_ends_while_the_pool_is_blocked_raises_nothing_any_more()
    {
        using var told = new ManualResetEventSlim();
        await using var pool = new BlockedPool();
        pool.WaitUntilStill();
        using (new PoolGuard(Slots, new FakeLogger(_ => told.Set()), TimeProvider.System))
        {
            // Mostly nothing is told so soon: it waits for a sign, and would have the pool grow as long after it.
            told.Wait(AlmostPatience, TestContext.Current.CancellationToken);
            told.Reset();
        }

        Assert.Equal(_workers, Minimum());
        Assert.False(told.Wait(AlmostPatience * 4, TestContext.Current.CancellationToken), "It was raised after its end.");
    }

    [Fact]
    public void What_was_raised_is_given_back_as_it_was_unless_someone_else_has_set_it()
    {
        using var share = new PoolMinimum();
        Assert.Equal(_workers + 10, PoolMinimum.Raise(_workers + 10));
        Assert.Null(PoolMinimum.Raise(_workers + 10));
        Assert.Equal(_workers + 20, PoolMinimum.Raise(_workers + 20));
        share.LetGo();
        Assert.Equal(_workers, Minimum());

        Assert.Equal(_workers + 10, PoolMinimum.Raise(_workers + 10));
        ThreadPool.SetMinThreads(_workers + 5, _ports);
        share.LetGo();
        Assert.Equal(_workers + 5, Minimum());
    }

    [Fact]
    public void The_end_of_one_worker_leaves_the_threads_to_the_others_and_that_of_the_last_gives_them_back()
    {
        using var other = new PoolMinimum();
        var first = new PoolMinimum();
        Assert.Equal(_workers + 10, PoolMinimum.Raise(_workers + 10));
        var late = new PoolMinimum();

        first.Dispose();
        Assert.Equal(_workers + 10, Minimum());
        other.LetGo();
        Assert.Equal(_workers + 10, Minimum());
        late.Dispose();
        Assert.Equal(_workers, Minimum());
    }

    [Fact]
    public async Task A_worker_that_is_left_with_the_threads_of_another_gives_them_back_when_it_has_no_need_of_them()
    {
        var clock = new FakeTimeProvider();
        using var guard = new PoolGuard(Slots, new FakeLogger(), clock);
        using (new PoolMinimum())
        {
            Assert.Equal(_workers + 10, PoolMinimum.Raise(_workers + 10));
        }

        Assert.True(Minimum() >= _workers + 10, "It was given back with the other's end.");
        await WaitUntilGivenBackAsync(clock);
    }

    private static void TellOf(string line, int few, ManualResetEventSlim told)
    {
        if (line.Contains($"all {few} threads that the pool may have", StringComparison.Ordinal))
        {
            told.Set();
        }
    }

    // A guard that has just seen need begins to count again.
    private Task WaitUntilGivenBackAsync(FakeTimeProvider clock) => Eventually.EqualAsync(_workers, () =>
    {
        clock.Advance(TimeSpan.FromMinutes(5));
        return Minimum();
    });

    private static int Minimum()
    {
        ThreadPool.GetMinThreads(out var workers, out _);
        return workers;
    }

    public void Dispose() => ThreadPool.SetMinThreads(_workers, _ports);

    /// <summary>
    /// Blocks all threads that the pool has, and those that it makes at once where something waits: after a test that had it grow that is up to as many again, of which it tells
    /// nothing. So more comes in, within what a guard gives, until a hundred tasks wait, for which the pool by itself, with two threads a second at most, takes longer than any test waits.
    /// </summary>
    private sealed class BlockedPool : IAsyncDisposable
    {
        public const int Waiting = 100;
        private const int Most = 800;
        private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

        private readonly ManualResetEventSlim _gate = new();
        private readonly ManualResetEventSlim _fed = new();
        private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Thread _feeder;
        private int _queued;
        private int _started;
        private int _unended = 1;

        public BlockedPool()
        {
            _feeder = new Thread(Feed) { IsBackground = true };
            _feeder.Start();
        }

        /// <summary>Whether all that has come in gets a thread; nothing more does.</summary>
        public bool AllStart(TimeSpan limit)
        {
            StopFeeding();
            return SpinWait.SpinUntil(() => Volatile.Read(ref _started) == _queued, limit);
        }

        /// <summary>Returns when a hundred tasks wait, and get no threads but those that the pool adds by itself.</summary>
        public void WaitUntilStill()
        {
            int before;
            do
            {
                before = Volatile.Read(ref _started);
                _fed.Wait(Step * 25);
            }
            while (Volatile.Read(ref _started) - before > 4 || Volatile.Read(ref _queued) < Math.Min(Most, before + Waiting));
        }

        public void Release() => _gate.Set();

        /// <summary>None is left to use what its test disposes of.</summary>
        public async ValueTask DisposeAsync()
        {
            StopFeeding();
            Release();
            EndOne();
            await _allEnded.Task.WaitAsync(TestContext.Current.CancellationToken);
        }

        private void StopFeeding()
        {
            _fed.Set();
            _feeder.Join();
        }

        private void Feed()
        {
            while (!_fed.Wait(Step))
            {
                for (; _queued < Most && _queued - Volatile.Read(ref _started) < Waiting; _queued++)
                {
                    Interlocked.Increment(ref _unended);
                    ThreadPool.UnsafeQueueUserWorkItem(static pool => pool.Hold(), this, preferLocal: false);
                }
            }
        }

        private void Hold()
        {
            Interlocked.Increment(ref _started);
            _gate.Wait(CancellationToken.None);
            EndOne();
        }

        private void EndOne()
        {
            if (Interlocked.Decrement(ref _unended) == 0)
            {
                _allEnded.SetResult();
            }
        }
    }
}
