namespace TaskQueue;

/// <summary>One of the two connections of a process: that for publishing, or that for consuming.</summary>
public sealed record ConnectionHealth
{
    internal ConnectionHealth()
    {
    }

    /// <summary>Where it stands.</summary>
    public BrokerConnectionState State { get; internal init; }

    /// <summary>Since when, UTC.</summary>
    public DateTimeOffset Since { get; internal init; }

    /// <summary>The broker as configured: host, port, virtual host and user; never the password.</summary>
    public string Endpoint { get; internal init; } = "";

    /// <summary>The node that it is connected to, <c>host:port</c>; else null.</summary>
    public string? Node { get; internal init; }

    /// <summary>The broker's version while connected, as <c>4.3.6</c>; else null.</summary>
    public Version? BrokerVersion { get; internal init; }

    /// <summary>The alarm for which RabbitMQ blocks publishes on this connection, as it names it (<c>low on memory</c>); else null. It tells a
    /// connection of an alarm only once that has tried to publish.</summary>
    public string? BlockedBy { get; internal init; }

    /// <summary>Since when publishes are blocked, UTC; else null.</summary>
    public DateTimeOffset? BlockedSince { get; internal init; }

    /// <summary>Why a try failed, or the connection was lost, the last time; null when that never happened.</summary>
    public HealthError? LastError { get; internal init; }
}
