namespace TaskQueue.Tests.Support;

/// <summary>
/// A Redis or a PostgreSQL of one test (or class), which may be killed, suspended and started again on the same data at the same address. Its methods are called one at a time. Whoever
/// started it disposes it, which deletes its data. See <see cref="StoreServers"/>.
/// </summary>
/// <param name="port">Its port on 127.0.0.1.</param>
/// <param name="address">Its address, as its client library takes it.</param>
/// <param name="answers">Whether it serves at the port.</param>
public abstract class StoreServer(int port, string address, Func<int, Task<bool>> answers) : IAsyncDisposable
{
    /// <summary>Its port on 127.0.0.1, the same for its whole life.</summary>
    public int Port => port;

    /// <summary>Its address, as its client library takes it.</summary>
    public string Address => address;

    /// <summary>Starts it, also again after <see cref="KillAsync"/>. It serves when this returns.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync().ConfigureAwait(false);
        await Eventually.TrueAsync(() => AnswersOrHasEndedAsync(), $"'{address}' to answer").ConfigureAwait(false);
    }

    /// <summary>Ends it as <c>kill -9</c> does, with all its processes.</summary>
    public abstract Task KillAsync();

    /// <summary>Stops all its processes (SIGSTOP): connections stay open, new ones are taken by the system, and nobody answers.</summary>
    public abstract Task SuspendAsync();

    /// <summary>Ends <see cref="SuspendAsync"/>.</summary>
    public abstract Task ResumeAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Starts its processes, without waiting until they serve.</summary>
    private protected abstract Task LaunchAsync();

    /// <summary>What it said before it ended, or null while it runs.</summary>
    private protected abstract Task<string?> LastWordsAsync();

    private async Task<bool> AnswersOrHasEndedAsync() =>
        await answers(port).ConfigureAwait(false)
        || (await LastWordsAsync().ConfigureAwait(false) is { } words ? throw new InvalidOperationException($"The server at '{address}' does not start: {words}") : false);
}
