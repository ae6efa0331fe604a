using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;

namespace TaskQueue.Benchmarks;

/// <summary>All steps around a handler that does nothing: telemetry that nobody listens to, failure handling, deserialization, timeout, scope.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks
{
    private CancellationTokenSource _abort = null!;
    private ServiceProvider _services = null!;
    private TaskExecutor _executor = null!;
    private TaskEnvelope _envelope = null!;
    private byte[] _body = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _abort = new CancellationTokenSource();
        _services = Parts.CreateServices();
        _executor = _services.GetRequiredService<TaskExecutor>();
        _envelope = Parts.CreateEnvelope(_services);
        _body = Parts.Write(TaskSerializers.MessagePack);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _services.Dispose();
        _abort.Dispose();
    }

    [Benchmark]
    public ValueTask<TaskOutcome> Run() => _executor.ExecuteAsync(_envelope, _body, "tq.photo", _abort.Token);
}
