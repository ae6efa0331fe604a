using BenchmarkDotNet.Attributes;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.Retry;

namespace TaskQueue.Benchmarks;

/// <summary>The arithmetic of a retry: what the policy says to a failure, and the way through the delay line.</summary>
[MemoryDiagnoser]
public class RetryBenchmarks
{
    private readonly TimeSpan _delay = TimeSpan.FromSeconds(12.3);

    private readonly RetryPolicy _policy = RetryPolicy.Default.Never<ArgumentException>().For<TimeoutException>(RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)));
    private readonly Exception _error = new InvalidOperationException();
    private readonly Randomness _random = new();

    [Benchmark]
    public TimeSpan Decide() => _policy.Decide(attempt: 2, _error, _random).Delay;

    [Benchmark]
    public string Route() => DelayRoute.Rounded(_delay, "photo.normal").RoutingKey;
}
