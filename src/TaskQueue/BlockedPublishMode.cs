namespace TaskQueue;

/// <summary>What a publish does while RabbitMQ blocks publishers, since it is short of memory or disk: <see cref="PublisherOptions.WhenBlocked"/>.</summary>
public enum BlockedPublishMode
{
    /// <summary>It waits for the end of the alarm, until its deadline. The default: right for what nobody waits for.</summary>
    Wait,

    /// <summary>It fails at once with <see cref="BrokerBlockedException"/>, as do those that wait and were never sent when the alarm begins. Right
    /// where a caller can answer "try later", or keeps the task elsewhere. What was sent before the broker told of its alarm waits on for
    /// its confirm.</summary>
    Fail,
}
