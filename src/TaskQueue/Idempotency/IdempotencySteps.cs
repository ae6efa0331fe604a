using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Handlers;
using TaskQueue.Middleware;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Idempotency;

/// <summary>
/// What the consume pipeline needs to know of idempotency: makes the step that protects a task type, and says whether there is one to commit. The store is made for the first type that is
/// to be protected: the one in memory takes its 7 MB then. A singleton.
/// </summary>
internal sealed class IdempotencySteps(
    IServiceProvider services,
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
        var leases = services.GetRequiredService<LeaseSweeper>();
        leases.Expect(settings.Lease);
        return new(settings, services.GetRequiredService<PatientStore>(), leases, random, metrics, time, logger);
    }
}
