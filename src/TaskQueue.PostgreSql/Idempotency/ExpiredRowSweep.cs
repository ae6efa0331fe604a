using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.Retry;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>
/// Removes rows whose lease or retention has ended, in every worker: batches of a thousand, so that none holds locks for long, and several workers may remove at once.
/// Nothing depends on it but the size of the table. It never ends before its host.
/// </summary>
internal sealed class ExpiredRowSweep(PostgreSqlIdempotencyStore store, TaskModel model, Randomness random, TimeProvider time, ILogger<ExpiredRowSweep> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (model.Consumed.Any() && !stoppingToken.IsCancellationRequested)
        {
            // Workers that start together do not sweep together.
            var pause = Interval * (0.5 + random.NextDouble());
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SweepAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var removed = 0;
            for (var count = Batch; count == Batch; removed += count)
            {
                count = await store.SweepAsync(Batch, cancellationToken).ConfigureAwait(false);
            }

            Log.RowsRemoved(logger, removed);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception error)
        {
            Log.SweepFailed(logger, error.Message);
        }
    }
}
