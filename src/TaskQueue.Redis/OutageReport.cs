using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// Says once that Redis is not reached, or refuses the login, and why, as soon as the client finds out: at the start of a worker that connects, and not with its first task. Once more after it has
/// been there again. Thread-safe.
/// </summary>
internal sealed class OutageReport(ILogger logger)
{
    private int _told;

    /// <summary>Reports of this connection from now on.</summary>
    public static OutageReport On(IConnectionMultiplexer multiplexer, ILogger logger)
    {
        var report = new OutageReport(logger);
        multiplexer.ConnectionFailed += (_, failure) => report.OnFailed(failure);
        multiplexer.ConnectionRestored += (_, _) => report.OnRestored();
        _ = report.AskAsync(multiplexer);
        return report;
    }

    /// <summary>Redis can be used again: the next outage is told.</summary>
    public void OnRestored() => Volatile.Write(ref _told, 0);

    /// <summary>Tells, unless this outage was told already.</summary>
    public void Tell(string? endpoint, string reason)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            Log.NotReached(logger, endpoint ?? "?", reason);
        }
    }

    private void OnFailed(ConnectionFailedEventArgs failure)
    {
        if (failure.FailureType != ConnectionFailureType.ConnectionDisposed)
        {
            Tell(failure.EndPoint?.ToString(), failure.Exception?.Message ?? failure.FailureType.ToString());
        }
    }

    // What failed before the events could be heard; and a refused login, by which no connection fails.
    private async Task AskAsync(IConnectionMultiplexer multiplexer)
    {
        try
        {
            await multiplexer.GetDatabase().PingAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The worker has stopped meanwhile.
        }
        catch (Exception error)
        {
            Tell(string.Join(", ", multiplexer.GetEndPoints().Select(endpoint => endpoint.ToString())), error.Message);
        }
    }
}
