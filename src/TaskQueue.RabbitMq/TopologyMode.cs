namespace TaskQueue;

/// <summary>What a process does about the exchanges, queues and bindings that it needs.</summary>
public enum TopologyMode
{
    /// <summary>Declares them, idempotently. Needs the permission to configure. The default.</summary>
    Declare,

    /// <summary>Creates nothing; fails at start with all differences that AMQP shows: an exchange or queue is missing, or (seen only with the
    /// permission to configure) has another type or other arguments, or a task type is not bound at all. Single bindings are not compared: AMQP
    /// has no request that shows them. For those, compare
    /// what <see cref="TopologyDefinitions"/> exports with the broker's own export (<c>rabbitmqctl export_definitions</c>).</summary>
    Verify,

    /// <summary>Neither declares nor looks.</summary>
    None,
}
