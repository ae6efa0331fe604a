namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Supervises one connection (to publish, or to consume): connects on first use, with backoff and jitter; hands out epochs; reconnects when one is lost. The client's own recovery is off.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>The address for messages: "host:port, virtual host '/', user 'guest'"; never the password.</summary>
    public string Endpoint => throw new NotImplementedException();

    /// <summary>Why there is no connection, if there is none.</summary>
    public Exception? LastError => throw new NotImplementedException();

    /// <summary>The live epoch, or null.</summary>
    public ConnectionEpoch? Current => throw new NotImplementedException();

    /// <summary>Waits for the live epoch.</summary>
    /// <exception cref="BrokerAccessException">The broker refuses the credentials or the virtual host.</exception>
    public ValueTask<ConnectionEpoch> GetAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
