using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>One life of a connection, from connected to lost. Deliveries and publishes remember theirs: a settle from an older epoch is never sent.</summary>
internal sealed class ConnectionEpoch
{
    /// <summary>1 for the first connection of this supervisor, and so on.</summary>
    public long Number => throw new NotImplementedException();

    /// <summary>Cancelled when this life of the connection has ended.</summary>
    public CancellationToken Lost => throw new NotImplementedException();

    /// <summary>The broker's alarm while it blocks this connection's publishes, else null.</summary>
    public string? BlockedReason => throw new NotImplementedException();

    /// <summary>The broker's version from its server properties, as "4.3.6".</summary>
    public Version BrokerVersion => throw new NotImplementedException();

    /// <summary>Opens a channel, within the RPC deadline; a broker that does not answer costs the whole connection.</summary>
    public Task<IChannel> OpenChannelAsync(CreateChannelOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends this epoch: the connection does not answer or is of no more use. Never waits for the broker.</summary>
    public void Abandon(Exception reason) => throw new NotImplementedException();
}
