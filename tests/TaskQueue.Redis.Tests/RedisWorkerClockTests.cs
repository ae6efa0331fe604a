using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;

namespace TaskQueue.Redis.Tests;

/// <summary>See <see cref="RedisIdempotencyStore"/>: all times are the server's.</summary>
public sealed class RedisWorkerClockTests : WorkerClockSuite
{
    protected override void UseStore(TaskQueueBuilder queue, TimeProvider clock) => queue.UseRedisIdempotency(StoreServers.Redis);
}
