namespace TaskQueue.RabbitMq.Consuming;

/// <summary>A message that the broker handed out on a channel and has not heard of since: a link in its <see cref="AckBatcher"/>'s list, which alone
/// touches the links.</summary>
internal abstract class Unsettled(ulong tag)
{
    /// <summary>The broker's delivery tag: counts from 1 on each channel.</summary>
    public ulong Tag { get; } = tag;

    internal UnsettledState State { get; set; }

    internal Unsettled? Previous { get; set; }

    internal Unsettled? Next { get; set; }
}

/// <summary>Where a delivery stands between the broker and us.</summary>
internal enum UnsettledState
{
    /// <summary>Waiting for a slot, or running, or being copied.</summary>
    Open,

    /// <summary>Done with; its acknowledgement waits for its batch.</summary>
    Done,

    /// <summary>Acknowledged or given back: the broker no longer knows the tag, and naming it again would close the channel.</summary>
    Gone,
}
