namespace TaskQueue;

/// <summary>Where RabbitMQ is and how to use it: <c>queue.UseRabbitMq(rabbit => …)</c>, or the configuration section <c>TaskQueue:RabbitMq</c>.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>The address, <c>amqp://user:password@host:port/vhost</c> (or <c>amqps</c>). Default <c>amqp://localhost</c>: guest, port 5672, virtual host <c>/</c>.</summary>
    public Uri Uri { get; set; } = new("amqp://localhost");

    /// <summary>The first word of every name on the broker; one namespace a prefix. Words of letters, digits, <c>_</c> and <c>-</c>, joined by dots; at most 20 bytes. Default <c>tq</c>.</summary>
    public string Prefix { get; set; } = "tq";

    /// <summary>Whether exchanges, queues and bindings are declared, verified or left alone. Default <see cref="TopologyMode.Declare"/>.</summary>
    public TopologyMode TopologyMode { get; set; } = TopologyMode.Declare;

    /// <summary>The AMQP heartbeat: 1 to 60 seconds. Two missed ones end the connection. Default 5 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two tries to reconnect: 100 ms to 5 minutes. Default 5 s.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Your own exchanges, queues and bindings, declared and verified with ours.</summary>
    public UserTopology Topology { get; } = new();
}
