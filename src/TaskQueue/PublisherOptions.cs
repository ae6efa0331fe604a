namespace TaskQueue;

/// <summary>How this process publishes: <c>queue.Publisher</c>.</summary>
public sealed class PublisherOptions
{
    /// <summary>How long a publish may take in all, reconnects included: 100 ms to 1 hour. Default 30 s.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Publishes under way at once; further ones wait, which is the back-pressure: 1 to 16,384. Default 512.</summary>
    public int Window { get; set; } = 512;

    /// <summary>The largest body in bytes, 1 to 134,217,728. Default 1 MiB. Large data belongs in a store, and its key in the task. Workers refuse larger bodies too.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>The largest properties and headers, encoded, in bytes: 1,024 to 126,976 (a frame). Default 32 KiB.</summary>
    public int MaxPropertiesBytes { get; set; } = 32 * 1024;

    /// <summary>Whether a task type that no worker has declared gets its conventional queue from the publisher, so that its tasks wait
    /// for their first worker. Default true; needs the permission to configure. False makes it a <see cref="TaskUnroutableException"/>.</summary>
    public bool DeclareMissingQueues { get; set; } = true;
}
