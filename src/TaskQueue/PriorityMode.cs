namespace TaskQueue;

/// <summary>How a task type's priorities are carried out on the broker.</summary>
public enum PriorityMode
{
    /// <summary>One queue, ordered by the broker: strict on RabbitMQ 4.3, two classes (low and normal, high and critical) on
    /// 4.0 to 4.2. The default.</summary>
    Native,

    /// <summary>A queue for each priority, sharing the task type's handler slots: exact on every broker version. A higher lane takes
    /// the next free slot; ageing keeps lower lanes from starving.</summary>
    Lanes,
}
