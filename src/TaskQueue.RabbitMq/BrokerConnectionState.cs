namespace TaskQueue;

/// <summary>Where one of the two connections of a process stands.</summary>
public enum BrokerConnectionState
{
    /// <summary>Nothing has needed it yet: connections are opened by the first publish, and by the worker's start.</summary>
    Unused,

    /// <summary>The first tries to connect; <see cref="ConnectionHealth.LastError"/> says why the last one failed, if one has.</summary>
    Connecting,

    /// <summary>Open and logged in.</summary>
    Connected,

    /// <summary>It was open and is gone; it is tried again until it is back.</summary>
    Lost,

    /// <summary>This process has closed it for good: it shuts down.</summary>
    Closed,
}
