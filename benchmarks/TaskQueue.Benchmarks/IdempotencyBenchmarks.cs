using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;

namespace TaskQueue.Benchmarks;

/// <summary>The pipeline around a handler that does nothing, with idempotency off and on (in memory). Each run is of another task; there are more than the store remembers,
/// so that none of them is a duplicate, and the store is full, as it is in a worker that has run for a while.</summary>
[MemoryDiagnoser]
public class IdempotencyBenchmarks
{
    private const int Tasks = 1 << 17;

    private CancellationTokenSource _abort = null!;
    private ServiceProvider _services = null!;
    private TaskExecutor _executor = null!;
    private TaskEnvelope[] _envelopes = null!;
    private byte[] _body = null!;
    private int _next;

    [Params(false, true)]
    public bool Idempotency { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _abort = new CancellationTokenSource();
        _services = Parts.CreateServices(Idempotency);
        _executor = _services.GetRequiredService<TaskExecutor>();
        _envelopes = [.. Enumerable.Range(0, Tasks).Select(_ => Parts.CreateEnvelope(_services))];
        _body = Parts.Write(TaskSerializers.MessagePack);
        for (var i = 0; i < Tasks; i++)
        {
            if (await Run() is not TaskOutcome.Completed)
            {
                throw new InvalidOperationException("A task that had not run was taken for a duplicate.");
            }
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _services.Dispose();
        _abort.Dispose();
    }

    [Benchmark]
    public ValueTask<TaskOutcome> Run() => _executor.ExecuteAsync(_envelopes[_next++ & (Tasks - 1)], _body, "tq.photo", _abort.Token);
}
