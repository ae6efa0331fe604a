namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// The declaration arguments of each kind of queue, in one place. They can never be changed on an existing queue, so there are as few as may be: what an
/// operator may want to tune (limits, times to live, the crash brake) belongs in policies (topology/policies). topology/README.md says why each is there.
/// </summary>
internal static class QueueArguments
{
    public const string QueueType = "x-queue-type";
    public const string MaxLength = "x-max-length";

    // A dead-lettering of ours must lose nothing, which takes all three of these on a quorum queue (at-most-once otherwise, with a log line only).
    private const string DeadLetterExchange = "x-dead-letter-exchange";
    private const string DeadLetterStrategy = "x-dead-letter-strategy";
    private const string Overflow = "x-overflow";
    private const string DeadLetterRoutingKey = "x-dead-letter-routing-key";
    private const string DeliveryLimit = "x-delivery-limit";
    private const string MessageTimeToLive = "x-message-ttl";

    /// <summary>
    /// A work queue, lane, due or suspect queue. The delivery limit is not our retry count but the last fence around a poison message; it is high because RabbitMQ 4.0
    /// to 4.2 count a worker's give-back too, so the broker's default of 20 would dead-letter healthy tasks in rolling deploys. A policy may lower it.
    /// </summary>
    /// <param name="names">The names.</param>
    /// <param name="workQueue">The group's base name: lanes share one dead-letter queue.</param>
    /// <param name="maxLength">An argument, not a policy: it is set in code, has to hold from the first message, and a process has no way to write
    /// policies over AMQP. A policy can still lower it (the smaller one wins).</param>
    public static IReadOnlyDictionary<string, object?> Work(TopologyNames names, string workQueue, int? maxLength)
    {
        var arguments = AtLeastOnce(names.DeadExchange);
        arguments[DeadLetterRoutingKey] = workQueue;
        arguments[DeliveryLimit] = 1000L;
        if (maxLength is { } limit)
        {
            arguments[MaxLength] = (long)limit;
        }

        return arguments;
    }

    /// <summary>A queue of the delay line. Nobody consumes it; the delivery limit is off for those who look into it with the management UI's "get messages",
    /// which counts as a return on RabbitMQ 4.0 to 4.2: past the limit the message would leave early. No length limit: it would stall the stage
    /// above.</summary>
    public static IReadOnlyDictionary<string, object?> Delay(long timeToLiveMs, string nextExchange)
    {
        var arguments = AtLeastOnce(nextExchange);
        arguments[MessageTimeToLive] = timeToLiveMs;
        arguments[DeliveryLimit] = -1L;
        return arguments;
    }

    /// <summary>Dead letters and the unroutable: they stay until somebody decides. No limit of any kind, so looking at them loses none.</summary>
    public static IReadOnlyDictionary<string, object?> KeptForGood() => new Dictionary<string, object?>
    {
        [QueueType] = "quorum",
        [DeliveryLimit] = -1L,
    };

    /// <summary>The probe queue: its bindings matter, its messages do not.</summary>
    public static IReadOnlyDictionary<string, object?> Probe() => new Dictionary<string, object?>
    {
        [QueueType] = "quorum",
        [MaxLength] = 1L,
        [Overflow] = "drop-head",
        [MessageTimeToLive] = 1000L,
    };

    private static Dictionary<string, object?> AtLeastOnce(string deadLetterExchange) => new()
    {
        [QueueType] = "quorum",
        [DeadLetterExchange] = deadLetterExchange,
        [DeadLetterStrategy] = "at-least-once",
        [Overflow] = "reject-publish",
    };
}
