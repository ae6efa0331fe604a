namespace TaskQueue.RabbitMq;

/// <summary>Exchanges, queues and bindings of the user's own, beside the framework's. All are durable; queues are quorum queues unless an argument says otherwise.</summary>
public sealed class UserTopology
{
}
