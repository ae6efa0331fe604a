using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.Benchmarks;

/// <summary>Between a task's envelope and the properties of its message, both ways.</summary>
[MemoryDiagnoser]
public class EnvelopeBenchmarks
{
    private const int MaxPropertiesBytes = 64 * 1024;
    private const int BodyLength = 256;

    private readonly MessageEncoder _encoder = new(MaxPropertiesBytes, frameMax: 128 * 1024);
    private readonly BasicProperties _received = new() { Headers = new Dictionary<string, object?>() };
    private ServiceProvider _services = null!;
    private PublishContextFactory _contexts = null!;
    private EnvelopeReader _reader = null!;
    private TaskMessage _message = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _services = Parts.CreateServices();
        _contexts = _services.GetRequiredService<PublishContextFactory>();
        _reader = _services.GetRequiredService<EnvelopeReader>();
        _message = new TaskMessage(Parts.CreateEnvelope(_services)) { Exchange = new("tq.tasks"), RoutingKey = new("photo.normal"), Body = default };
        _message.WriteProperties(_received);
    }

    [GlobalCleanup]
    public void CleanUp() => _services.Dispose();

    /// <summary>From the task to its envelope.</summary>
    [Benchmark]
    public object Create() => _contexts.Create(Photo.Sample, options: null);

    /// <summary>From the envelope to the properties, measured and checked.</summary>
    [Benchmark]
    public object? Write() => _encoder.Encode(_message);

    /// <summary>From the properties to the envelope.</summary>
    [Benchmark]
    public object? Read() => _reader.Read(_received, BodyLength).Envelope;
}
