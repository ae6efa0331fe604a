namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The two connections of a process. They are apart because the broker stops reading from a connection that publishes when it raises an
/// alarm: acknowledgements on the same one would then wait, and workers could not empty the queues.
/// </summary>
internal sealed class BrokerConnections(BrokerConnection publish, BrokerConnection consume) : IAsyncDisposable, IDisposable
{
    /// <summary>Users' publishes, and the copies that settle deliveries.</summary>
    public BrokerConnection Publish { get; } = publish;

    /// <summary>Deliveries and acknowledgements.</summary>
    public BrokerConnection Consume { get; } = consume;

    public ValueTask DisposeAsync() => new(Task.WhenAll(Publish.DisposeAsync().AsTask(), Consume.DisposeAsync().AsTask()));

    /// <summary>For containers that are disposed synchronously, which refuse to hold what only has the other one. Blocks for a few seconds at most.</summary>
    public void Dispose() => DisposeAsync().AsTask().Wait();
}
