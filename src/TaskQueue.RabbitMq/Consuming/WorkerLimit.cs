namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// The most handlers at once over all queue groups (<see cref="WorkerOptions.MaxConcurrency"/>), shared fairly: groups that want a permit stand
/// in line, each once, and a permit given back goes to the head of the line. Thread-safe; its lock is taken inside a group's, never the other
/// way round.
/// </summary>
internal sealed class WorkerLimit(int permits)
{
    private readonly Lock _gate = new();
    private readonly Queue<HandlerSlots> _line = new();
    private readonly HashSet<HandlerSlots> _inLine = [];
    private int _free = permits;

    /// <summary>Takes a permit, or puts the group in the line: it hears by <see cref="HandlerSlots.OnPermit"/>.</summary>
    public bool TryAcquire(HandlerSlots group)
    {
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return true;
            }

            if (_inLine.Add(group))
            {
                _line.Enqueue(group);
            }

            return false;
        }
    }

    /// <summary>Hands a permit on. Not to be called inside a group's lock.</summary>
    public void Release()
    {
        HandlerSlots? next;
        lock (_gate)
        {
            if (_line.TryDequeue(out next))
            {
                _inLine.Remove(next);
            }
            else
            {
                _free++;
            }
        }

        next?.OnPermit();
    }
}
