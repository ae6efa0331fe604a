using BenchmarkDotNet.Attributes;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.Benchmarks;

/// <summary>Acknowledging a prefetch of deliveries, in order and in the worst order; a delivery.</summary>
[MemoryDiagnoser]
public class SettlingBenchmarks
{
    private const int Prefetch = 512;

    private readonly Outstanding[] _deliveries = new Outstanding[Prefetch];
    private AckBatcher _acks = null!;
    private ulong _tag;

    [GlobalSetup]
    public void SetUp() => _acks = new AckBatcher(new Sink(), Prefetch, concurrency: 16, TimeProvider.System);

    [GlobalCleanup]
    public void CleanUp() => _acks.Dispose();

    [Benchmark(OperationsPerInvoke = Prefetch)]
    public void InOrder()
    {
        Deliver();
        foreach (var delivery in _deliveries)
        {
            _acks.Ack(delivery);
        }
    }

    [Benchmark(OperationsPerInvoke = Prefetch)]
    public void LastFirst()
    {
        Deliver();
        for (var i = Prefetch - 1; i >= 0; i--)
        {
            _acks.Ack(_deliveries[i]);
        }
    }

    private void Deliver()
    {
        for (var i = 0; i < Prefetch; i++)
        {
            _acks.Register(_deliveries[i] = new Outstanding(++_tag));
        }
    }

    private sealed class Outstanding(ulong tag) : Unsettled(tag);

    private sealed class Sink : IAcknowledger
    {
        public void Ack(ulong tag, bool multiple)
        {
        }

        public void Nack(ulong tag, bool multiple)
        {
        }

        public void Reject(ulong tag)
        {
        }

        public void Refuse(ulong tag)
        {
        }
    }
}
