namespace TaskQueue.RabbitMq.Connection;

/// <summary>From which versions on the broker behaves differently, where this project does too; and what to say about a version at connect: one row a release
/// line, with the first patch that keeps what it has confirmed.</summary>
internal static class BrokerVersions
{
    /// <summary>The argument x-consumer-timeout of a consumer is known, and a message held too long costs its consumer, not its channel.</summary>
    public static readonly Version HasConsumerTimeout = new(4, 3);

    /// <summary>x-delivery-count counts failed deliveries alone; before, give-backs too.</summary>
    public static readonly Version CountsFailuresAlone = new(4, 3);

    private static readonly Version Oldest = new(4, 0);

    // RabbitMQ's release notes: 4.0.8 "replication safety issues"; 4.1.5 and 4.2.0 messages not sent again inside a cluster after a partition;
    // 4.3.3 Raft leaders that committed too early (ra#637), and dead-letter workers that got stuck.
    private static readonly (Version Line, Version Minimum, string Why)[] Lines =
    [
        (new(4, 0), new(4, 0, 9), "older patches may lose confirmed messages when a node of a cluster fails"),
        (new(4, 1), new(4, 1, 5), "older patches may keep confirms back after a network partition of a cluster"),
        (new(4, 3), new(4, 3, 3), "older patches may lose confirmed messages when a node of a cluster fails, and stop moving delayed tasks"),
    ];

    /// <returns>A sentence with the cure, or null for a version that is fine, or unknown.</returns>
    public static string? Advise(Version version)
    {
        if (version.Major == 0)
        {
            return null;
        }

        if (version < Oldest)
        {
            return "TaskQueue is made for RabbitMQ 4.0 and later: here priorities, delivery counts and dead-lettering work otherwise. Upgrade, to the newest 4.3 if you can";
        }

        var line = Lines.FirstOrDefault(line => line.Line.Major == version.Major && line.Line.Minor == version.Minor);
        return line.Minimum is not null && version < line.Minimum ? $"{line.Why}. Upgrade to {line.Minimum} or later" : null;
    }
}
