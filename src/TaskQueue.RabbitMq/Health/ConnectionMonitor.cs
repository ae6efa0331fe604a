using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Health;

/// <summary>What one connection tells of itself, in the order of its life. Thread-safe, by its owner's gate.</summary>
internal sealed class ConnectionMonitor(HealthMonitor owner, string endpoint, DateTimeOffset now)
{
    /// <summary>Replaced as a whole.</summary>
    public ConnectionHealth Report { get; private set; } = new() { Endpoint = endpoint, State = BrokerConnectionState.Unused, Since = now };

    public void Connecting() => Enter(BrokerConnectionState.Connecting);

    /// <param name="node">"host:port".</param>
    /// <param name="version">The broker's.</param>
    /// <param name="alarm">That of this life of the connection.</param>
    public void Connected(string node, Version version, BrokerAlarm alarm)
    {
        owner.Change(now => Report = new()
        {
            Endpoint = endpoint,
            State = BrokerConnectionState.Connected,
            Since = now,
            Node = node,
            BrokerVersion = version,
            LastError = Report.LastError,
        });
        alarm.Changed += () => Blocked(alarm.Reason);
    }

    /// <summary>A try to connect failed.</summary>
    public void Failed(string error) => owner.Change(now => Report = Report with { LastError = owner.Remember(now, error) });

    public void Lost(string reason) => owner.Change(now => Report = new()
    {
        Endpoint = endpoint,
        State = BrokerConnectionState.Lost,
        Since = now,
        LastError = owner.Remember(now, reason),
    });

    public void Closed() => Enter(BrokerConnectionState.Closed);

    private void Enter(BrokerConnectionState state) =>
        owner.Change(now => Report = new() { Endpoint = endpoint, State = state, Since = now, LastError = Report.LastError });

    private void Blocked(string? alarm) => owner.Change(now =>
    {
        if (Report.State == BrokerConnectionState.Connected)
        {
            Report = Report with { BlockedBy = alarm, BlockedSince = alarm is null ? null : Report.BlockedSince ?? now };
        }
    });
}
