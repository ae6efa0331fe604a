using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

/// <summary>See <see cref="IdempotencySql"/>, of <see cref="PostgreSqlIdempotencyStore"/>: all times are the database's.</summary>
public sealed class PostgreSqlWorkerClockTests(TestDatabase database) : WorkerClockSuite, IClassFixture<TestDatabase>
{
    protected override void UseStore(TaskQueueBuilder queue, TimeProvider clock) => queue.UsePostgreSqlIdempotency(database.StringFor("worker").ConnectionString);
}
