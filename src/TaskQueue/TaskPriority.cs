namespace TaskQueue;

/// <summary>How urgent a task is. The names are also the last word of routing keys and of lanes' queue names.</summary>
/// <remarks>The numbers are the AMQP <c>priority</c> property. They straddle 4 and 5, where quorum queues of RabbitMQ 4.0 to 4.2
/// divide high from normal; from 4.3 on all levels are strict. Lanes are exact on every version.</remarks>
public enum TaskPriority
{
    /// <summary>After everything else.</summary>
    Low = 1,

    /// <summary>The default.</summary>
    Normal = 4,

    /// <summary>Before normal tasks.</summary>
    High = 7,

    /// <summary>Before everything else.</summary>
    Critical = 9,
}
