using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>One run for all who ask: the first starts it, the others join it, and a failed one is started again by the next. Thread-safe.</summary>
/// <param name="run">The work. It knows its own end; nobody's token reaches it.</param>
internal sealed class SharedRun<T>(Func<Task<T>> run)
{
    private readonly Lock _gate = new();
    private Task<T>? _current;

    public bool IsDone => Volatile.Read(ref _current)?.IsCompletedSuccessfully == true;

    /// <summary>The result of the run that is under way or done.</summary>
    /// <param name="cancellationToken">Ends this wait, not the run.</param>
    public Task<T> GetAsync(CancellationToken cancellationToken) => Join(again: false).WaitAsync(cancellationToken);

    /// <summary>Like <see cref="GetAsync"/>, but what is done does not count: runs again.</summary>
    /// <param name="cancellationToken">Ends this wait, not the run.</param>
    public Task<T> RepeatAsync(CancellationToken cancellationToken) => Join(again: true).WaitAsync(cancellationToken);

    private Task<T> Join(bool again)
    {
        lock (_gate)
        {
            if (_current is null or { IsCompleted: true, IsCompletedSuccessfully: false } || (again && _current.IsCompleted))
            {
                _current = Task.Run(run).MayBeAbandoned();
            }

            return _current;
        }
    }
}
