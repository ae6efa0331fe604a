namespace TaskQueue;

/// <summary>RabbitMQ refuses the user, or the user may not use the virtual host, or the virtual host does not exist; or one side does not accept the
/// other one's certificate.</summary>
public sealed class BrokerAccessException : TaskQueueException
{
    internal BrokerAccessException(string endpoint, string message, Exception? innerException)
        : base("access", message, innerException) => Endpoint = endpoint;

    /// <summary>The broker's address with virtual host and user, without the password.</summary>
    public string Endpoint { get; }
}
