using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>
/// What the slots allocate around handlers that await, which end on any thread: so all threads are counted, and no other test runs. In Release only, since a debug build allocates every async
/// method's state.
/// </summary>
[CollectionDefinition(nameof(AwaitingHandlerTests), DisableParallelization = true)]
[Collection(nameof(AwaitingHandlerTests))]
public sealed class AwaitingHandlerTests
{
    private const int Rounds = 1000;
    private const int Tries = 10;

    private readonly HandlerSlots _slots = new(concurrency: 1, limit: null, RunAsync, ticksPerSecond: 1000);
    private readonly Delivery _delivery = Deliveries.Of(Deliveries.Source());

    [Fact]
    public async Task A_busy_slot_allocates_nothing_for_a_handler_that_awaits()
    {
        AssertBudget(8, await MeasureAsync(BacklogAsync));

        async Task BacklogAsync()
        {
            for (var i = 0; i < Rounds; i++)
            {
                _slots.Add(_delivery);
            }

            await _slots.WhenIdleAsync();
        }
    }

    [Fact]
    public async Task A_slot_that_was_idle_allocates_its_loop_for_a_handler_that_awaits()
    {
        AssertBudget(240, await MeasureAsync(OneByOneAsync));

        async Task OneByOneAsync()
        {
            for (var i = 0; i < Rounds; i++)
            {
                _slots.Add(_delivery);
                await _slots.WhenIdleAsync();
            }
        }
    }

    // Its own state is pooled, so that what is counted is the slots'.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask RunAsync(Delivery delivery) => await Task.Yield();

    // The least of some tries: what tests before have left behind still does something now and then, and what the slots allocate they allocate each time.
    private static async Task<long> MeasureAsync(Func<Task> run)
    {
        Assert.SkipWhen(
            typeof(HandlerSlots).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
            "A debug build allocates more.");
        await run();
        var least = long.MaxValue;
        for (var i = 0; i < Tries; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await run();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Rounds);
        }

        return least;
    }

    private static void AssertBudget(long budget, long bytes)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 0, budget);
    }
}
