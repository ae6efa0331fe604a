using System.Buffers;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// One message in our hands: what the broker said, and a copy of the body in a pooled buffer (the client's own is only valid during its callback).
/// Owned by one place at a time: the pending queue, then a slot, then the settler.
/// </summary>
internal sealed class Delivery : Unsettled
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(1);

    private byte[]? _buffer;
    private int _claimed;
    private volatile bool _isRunning;

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

    /// <summary>Whether its handler runs, and may read the body.</summary>
    public bool IsRunning { get => _isRunning; set => _isRunning = value; }

    /// <summary>
    /// How urgent it is for the slots. Lanes have the last word; in other queues it is the message's own priority, so that
    /// an urgent task overtakes what was prefetched before it.
    /// </summary>
    public int Rank => Source.Queue.Rank != (int)TaskPriority.Normal ? Source.Queue.Rank : (int)EnvelopeReader.PriorityOf(Properties);

    /// <summary>Whether the broker has handed it out again, since it was held for too long, although its channel lives, or is about to. What is sent for it then would be a second task.</summary>
    public bool IsTakenBack(TimeProvider time) => HoldLeft(time) <= TimeSpan.Zero;

    /// <summary>How long until then; null where this worker cannot know. Less than it is by a tenth, a second at most: the broker counts from the hand-out, and what is sent takes its time.</summary>
    public TimeSpan? HoldLeft(TimeProvider time) =>
        Source.LongestHold is { } longest ? longest - Shorter(longest / 10, LongestMargin) - time.GetElapsedTime(ReceivedAt) : null;

    /// <summary>Whoever claims it settles it; anybody else comes too late: a handler that ends when the worker, which stops, has given its task back.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>It is not settled after all.</summary>
    public void Unclaim() => Volatile.Write(ref _claimed, 0);

    /// <summary>Returns the buffer. Only when nobody can still be reading it: after an unclear end, and from a handler that runs, it is left to the garbage collector.</summary>
    public void ReturnBody()
    {
        Body = default;
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer && !IsRunning)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
