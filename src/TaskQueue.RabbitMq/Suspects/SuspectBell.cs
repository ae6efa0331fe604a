namespace TaskQueue.RabbitMq.Suspects;

/// <summary>Tells this worker's <see cref="SuspectLoop"/> which suspect queues have got tasks, so that it need not find out: each once, however often it rings while
/// a suspect runs for hours. A singleton; thread-safe, with one listener at a time. What nobody has heard at a lost connection is found by the next
/// loop, which looks into every queue.</summary>
internal sealed class SuspectBell
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _rung = new(StringComparer.Ordinal);
    private TaskCompletionSource _rings = NewSignal();

    public void Ring(string suspectQueue)
    {
        lock (_gate)
        {
            _rung.Add(suspectQueue);
            _rings.TrySetResult();
        }
    }

    /// <summary>Completes when it rings, or has rung for what is not taken yet; a cancelled wait completes too.</summary>
    public Task WhenRungAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _rings.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A queue that it has rung for, while there is one.</summary>
    public string? Take()
    {
        lock (_gate)
        {
            if (_rung.FirstOrDefault() is not { } queue)
            {
                return null;
            }

            _rung.Remove(queue);
            _rings = _rung.Count == 0 ? NewSignal() : _rings;
            return queue;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
