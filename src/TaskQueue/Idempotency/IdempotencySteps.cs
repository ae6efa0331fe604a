using Microsoft.Extensions.Logging;
using TaskQueue.Handlers;
using TaskQueue.Middleware;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Idempotency;

/// <summary>What the consume pipeline needs to know of idempotency: makes the step that protects a task type, and says whether there is one to commit. A singleton.</summary>
internal sealed class IdempotencySteps(
    PatientStore store,
    LeaseSweeper leases,
    IEnumerable<AttemptTransactions> transactions,
    Randomness random,
    TaskMetrics metrics,
    TimeProvider time,
    ILogger<IdempotencyMiddleware> logger)
{
    public bool HasTransactions { get; } = transactions.Any();

    public static string Describe(IdempotencySettings settings) =>
        $"a duplicate waits for the running attempt (lease {DurationText.Of(settings.Lease)}) and is discarded after it is done (kept {DurationText.Of(settings.Retention)})";

    public IdempotencyMiddleware CreateProtection(IdempotencySettings settings)
    {
        leases.Expect(settings.Lease);
        return new(settings, store, leases, random, metrics, time, logger);
    }
}
