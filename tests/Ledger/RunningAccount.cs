namespace TaskQueue.Ledger;

/// <summary>The account of a run that is still going on. Not thread-safe.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="watch">Sees each entry too, once.</param>
internal sealed class RunningAccount(string folder, Action<Entry>? watch = null) : IDisposable
{
    private readonly BookReader _books = new(folder);
    private readonly Account _account = new();
    private readonly PeriodicTimer _timer = new(TimeSpan.FromMilliseconds(500));

    /// <summary>What the books say now.</summary>
    public Account Current => _account.AddAll(_books.ReadNew().Select(Watched));

    /// <summary>Waits until every confirmed task has ended; gives up at the deadline, and the account will tell.</summary>
    /// <returns>Whether all have ended.</returns>
    public Task<bool> WaitUntilAllEndedAsync(TimeSpan within) => WaitUntilAsync(account => !account.Lost.Any(), within);

    public async Task<bool> WaitUntilAsync(Func<Account, bool> condition, TimeSpan within)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition(Current))
        {
            if (TimeProvider.System.GetElapsedTime(started) > within)
            {
                return false;
            }

            await _timer.WaitForNextTickAsync();
        }

        return true;
    }

    public void Dispose() => _timer.Dispose();

    private Entry Watched(Entry entry)
    {
        watch?.Invoke(entry);
        return entry;
    }
}
