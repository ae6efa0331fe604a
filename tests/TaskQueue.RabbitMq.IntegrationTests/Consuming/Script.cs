using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>One run of a handler, as the test saw it.</summary>
public sealed record Run(string Name, string TaskId, string TaskType, int Attempt, string Queue, TimeSpan StartedAt);

/// <summary>What handlers do in a test, and the record of what they did. Without a part a task just completes.</summary>
public sealed class Script
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Run> _started = new();
    private readonly ConcurrentQueue<Run> _ended = new();
    private int _running;
    private int _mostAtOnce;

    /// <summary>The part that handlers play.</summary>
    public Func<Run, TaskContext, CancellationToken, Task> Part { get; set; } = (_, _, _) => Task.CompletedTask;

    public IReadOnlyCollection<Run> Started => _started;

    /// <summary>Runs that ended, well or not.</summary>
    public IReadOnlyCollection<Run> Ended => _ended;

    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    public async Task PlayAsync(string name, TaskContext context, CancellationToken cancellationToken)
    {
        var run = new Run(name, context.TaskId, context.TaskType, context.Attempt, context.Queue, Stopwatch.GetElapsedTime(_began));
        _started.Enqueue(run);
        Raise(Interlocked.Increment(ref _running));
        try
        {
            await Part(run, context, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _ended.Enqueue(run);
        }
    }

    /// <summary>The attempts of one task, in the order they started.</summary>
    public List<Run> RunsOf(string name) => [.. _started.Where(run => run.Name == name)];

    public Task WaitForStartedAsync(int count) => Eventually.TrueAsync(() => _started.Count >= count, $"{count} handlers to have started");

    public Task WaitForEndedAsync(int count, TimeSpan? within = null) => Eventually.TrueAsync(() => _ended.Count >= count, $"{count} handlers to have ended", within);

    private void Raise(int running)
    {
        for (var most = MostAtOnce; running > most; most = MostAtOnce)
        {
            Interlocked.CompareExchange(ref _mostAtOnce, running, most);
        }
    }
}
