namespace TaskQueue;

/// <summary>What a process does about the exchanges, queues and bindings that it needs.</summary>
public enum TopologyMode
{
    /// <summary>Declares them, idempotently. Needs the permission to configure. The default.</summary>
    Declare,

    /// <summary>Creates nothing; fails at start with every difference when something is missing or has other arguments.</summary>
    Verify,

    /// <summary>Neither declares nor looks.</summary>
    None,
}
