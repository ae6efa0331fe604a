namespace TaskQueue.RabbitMq.Publishing;

/// <summary>The buffers of the bodies of one publisher, kept for its next tasks. So many are under way at once that the shared pool of
/// arrays would drop most of them. Thread-safe.</summary>
/// <param name="maxBodyBytes">The largest body.</param>
/// <param name="most">The most buffers that are kept.</param>
internal sealed class BodyPool(int maxBodyBytes, int most)
{
    // What is kept stays in memory for good; a larger one goes back to the shared pool.
    private const int LargestKept = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<PooledBody> _bodies = new();

    /// <summary>An empty body. Whoever has it disposes it, once nobody reads it any more.</summary>
    public PooledBody Rent()
    {
        lock (_gate)
        {
            return _bodies.TryPop(out var body) ? body : new PooledBody(this, maxBodyBytes);
        }
    }

    /// <returns>Whether it is kept.</returns>
    public bool TryReturn(PooledBody body)
    {
        lock (_gate)
        {
            if (body.Capacity > LargestKept || _bodies.Count >= most)
            {
                return false;
            }

            _bodies.Push(body);
            return true;
        }
    }
}
