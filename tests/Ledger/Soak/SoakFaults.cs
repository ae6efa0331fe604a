namespace TaskQueue.Ledger.Soak;

/// <summary>All kinds of fault, in the order in which the schedule draws from them.</summary>
internal static class SoakFaults
{
    private static readonly Version WithConsumerTimeouts = new(4, 3);

    /// <summary>Those that a site can do.</summary>
    /// <param name="version">The broker's.</param>
    /// <param name="ownNodes">How many of its nodes may be broken; 0 where the broker is somebody else's.</param>
    public static IReadOnlyList<SoakFault> Of(Version version, int ownNodes) =>
    [
        .. ProcessFaults.All,
        .. NetworkFaults.All,
        .. QueueFaults.All,
        .. version >= WithConsumerTimeouts ? QueueFaults.Since43 : [],
        .. ownNodes > 0 ? BrokerFaults.All : [],
        .. ownNodes > 1 ? ClusterFaults.All : [],
    ];
}
