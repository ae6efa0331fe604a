using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Cancels tokens that handlers hold: what they have registered there is their own code.</summary>
internal static class Cancellation
{
    /// <summary>Completes when all that was registered has run; its errors are logged.</summary>
    public static async Task CancelAsync(CancellationTokenSource source, ILogger logger)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            Log.CancellationFailed(logger, error);
        }
    }
}
