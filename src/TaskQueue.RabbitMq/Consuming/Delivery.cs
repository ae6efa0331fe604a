using System.Buffers;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// One message in our hands: what the broker said, and a copy of the body in a pooled buffer (the client's own is only valid during its callback).
/// Owned by one place at a time: the pending queue, then a slot, then the settler.
/// </summary>
internal sealed class Delivery : Unsettled
{
    private byte[]? _buffer;

    public Delivery(DeliverySource source, ulong tag, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body, long receivedAt)
        : base(tag)
    {
        Source = source;
        Exchange = exchange;
        RoutingKey = routingKey;
        Properties = properties;
        ReceivedAt = receivedAt;
        if (!body.IsEmpty)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(body.Length);
            body.CopyTo(_buffer);
            Body = _buffer.AsMemory(0, body.Length);
        }
    }

    public DeliverySource Source { get; }

    public string Exchange { get; }

    public string RoutingKey { get; }

    public IReadOnlyBasicProperties Properties { get; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> of its arrival.</summary>
    public long ReceivedAt { get; }

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Whether it runs here although it is a suspect, since the suspect queue did not take it.</summary>
    public bool Stays { get; set; }

    /// <summary>
    /// How urgent it is for the slots. Lanes have the last word; in other queues it is the message's own priority, so that
    /// an urgent task overtakes what was prefetched before it.
    /// </summary>
    public int Rank => Source.Queue.Rank != (int)TaskPriority.Normal ? Source.Queue.Rank : (int)EnvelopeReader.PriorityOf(Properties);

    /// <summary>Whether the broker has handed it out again, since it was held for too long, although its channel lives. What is sent for it then would be a second task.</summary>
    public bool IsTakenBack(TimeProvider time) => Source.LongestHold is { } longest && time.GetElapsedTime(ReceivedAt) >= longest;

    /// <summary>Returns the buffer. Only when nobody can still be reading it: after an unclear end it is left to the garbage collector.</summary>
    public void ReturnBody()
    {
        Body = default;
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
