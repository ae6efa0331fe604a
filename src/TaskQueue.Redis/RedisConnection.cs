using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// The connection to Redis that all tasks of this process share. Opened by the first who asks; from then on the client reconnects by itself, and calls that come
/// meanwhile fail at once. Safe from many threads. One that the application has given (<c>ours</c> is null then) is not closed here, and logs in by itself.
/// </summary>
internal sealed class RedisConnection(Func<Task<IConnectionMultiplexer>> connect, ConfigurationOptions? ours, int? database, ILogger<RedisConnection> logger) : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private Task<IDatabase>? _opening;

    /// <summary>Whether anybody has asked for it yet.</summary>
    public bool IsAskedFor => _opening is not null;

    /// <summary>The database, as soon as the first try to connect has ended, well or badly.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public ValueTask<IDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = _opening is { IsFaulted: false, IsCanceled: false } opened ? opened : Begin();
        return opening.IsCompletedSuccessfully ? new(opening.Result) : new(opening.WaitAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (ours is null || _opening is not { } opening)
        {
            return;
        }

        // One that never opened was told to whoever asked.
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await opening.Result.Multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>For containers that are disposed synchronously, which refuse to hold what only has the other one.</summary>
    public void Dispose() => DisposeAsync().AsTask().Wait();

    private Task<IDatabase> Begin()
    {
        lock (_lock)
        {
            return _opening is { IsFaulted: false, IsCanceled: false } ? _opening : _opening = ConnectAsync();
        }
    }

    private async Task<IDatabase> ConnectAsync()
    {
        // Whoever asks first may hold a thread that tasks need; and the application's own way to connect may block.
        var multiplexer = await Task.Run(connect).ConfigureAwait(false);
        var report = OutageReport.On(multiplexer, logger);
        if (ours is not null)
        {
            LoginAgain.On(multiplexer, ours, report);
        }

        PersistenceAdvice.Give(multiplexer, logger);
        return multiplexer.GetDatabase(database ?? -1);
    }
}
