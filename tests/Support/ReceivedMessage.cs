using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Tests.Support;

/// <summary>A message as the broker handed it out, copied so that it outlives its channel.</summary>
/// <param name="Exchange">Exchange it was published to last.</param>
/// <param name="RoutingKey">Routing key it was published with last.</param>
/// <param name="Redelivered">Whether it was handed out before.</param>
/// <param name="Properties">Properties as they came.</param>
/// <param name="Body">Body as it came.</param>
public sealed record ReceivedMessage(string Exchange, string RoutingKey, bool Redelivered, IReadOnlyBasicProperties Properties, byte[] Body)
{
    /// <summary>All headers; empty when there are none. Strings in it are UTF-8 bytes, see <see cref="Header"/>.</summary>
    public IReadOnlyDictionary<string, object?> Headers { get; } =
        Properties.Headers is null ? new Dictionary<string, object?>() : new Dictionary<string, object?>(Properties.Headers);

    /// <summary>Body as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>One header, or null: strings as <see cref="string"/>, all else as the client decoded it (an int64 as <see cref="long"/>).</summary>
    /// <param name="name">Name of the header.</param>
    public object? Header(string name) =>
        Headers.GetValueOrDefault(name) switch
        {
            byte[] text => Encoding.UTF8.GetString(text),
            var other => other,
        };

    internal static ReceivedMessage From(BasicGetResult result) =>
        new(result.Exchange, result.RoutingKey, result.Redelivered, new BasicProperties(result.BasicProperties), result.Body.ToArray());

    internal static ReceivedMessage From(BasicDeliverEventArgs delivery) =>
        new(delivery.Exchange, delivery.RoutingKey, delivery.Redelivered, new BasicProperties(delivery.BasicProperties), delivery.Body.ToArray());
}
