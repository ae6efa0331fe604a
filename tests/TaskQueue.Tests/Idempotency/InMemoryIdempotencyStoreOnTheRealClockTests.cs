using TaskQueue.Idempotency;
using TaskQueue.Tests.StoreSuites;

namespace TaskQueue.Tests.Idempotency;

public sealed class InMemoryIdempotencyStoreOnTheRealClockTests : IdempotencyStoreSuite
{
    protected override ValueTask<IIdempotencyStore> CreateStoreAsync() => new(new InMemoryIdempotencyStore(TimeProvider.System));

    // Timers may be early by a tick of their own clock.
    protected override async Task PassAsync(TimeSpan time)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (time - TimeProvider.System.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            await Task.Delay(left + TimeSpan.FromMilliseconds(1));
        }
    }

    protected override ValueTask<IIdempotencyStore> WipeAsync(IIdempotencyStore store) => CreateStoreAsync();
}
