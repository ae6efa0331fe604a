using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Sees that what this worker consumes still gets its tasks: some seconds after all is consumed on a new connection, at a random moment, as a whole fleet may have come
/// back, and every few minutes, since somebody may have deleted an exchange. Never fails: what goes wrong is logged, and looked at again. Owned by the <see cref="WorkerEpoch"/>.
/// </summary>
/// <param name="epoch">The connection.</param>
/// <param name="topology">Asks the broker, and declares what is missing.</param>
/// <param name="settings">The worker's settings.</param>
/// <param name="onLeftOvers">Takes the queues of former configurations that were found.</param>
internal sealed class TopologyReview(ConnectionEpoch epoch, BrokerTopology topology, ConsumerSettings settings, Action<IReadOnlyCollection<string>> onLeftOvers)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(15);

    /// <param name="isNew">Whether nothing has been declared on this connection.</param>
    /// <param name="ending">The connection's end, or the worker's.</param>
    public async Task RunAsync(bool isNew, CancellationToken ending)
    {
        var pause = (isNew ? TimeSpan.Zero : Interval) + settings.Randomness.UpTo(Spread);
        await Task.Delay(pause, settings.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!ending.IsCancellationRequested)
        {
            pause = await ReviewAsync(ending).ConfigureAwait(false) ? Interval : AfterFailure;
            await Task.Delay(pause, settings.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> ReviewAsync(CancellationToken ending)
    {
        try
        {
            onLeftOvers(await topology.ReviewWorkerAsync(epoch, ending).ConfigureAwait(false));
            return true;
        }
        catch (Exception error)
        {
            if (!ending.IsCancellationRequested && !epoch.Lost.IsCancellationRequested)
            {
                Log.TopologyNotReviewed(settings.Logger, AfterFailure, error.Message);
            }

            return false;
        }
    }
}
