using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using System.Diagnostics.Metrics;
using Polly;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.Telemetry;
using TaskQueue.Tests.Pipeline;

namespace TaskQueue.Tests.Idempotency;

/// <summary>The real pipeline over a store that tests can disturb, with one task that is delivered several times.</summary>
internal sealed class IdempotencyBench : IAsyncDisposable
{
    public static readonly TimeSpan Lease = IdempotencySettings.DefaultLease;

    private readonly PipelineBench _bench;
    private readonly TaskEnvelope _envelope;

    /// <param name="settings">Changes those of idempotency.</param>
    /// <param name="services">Adds to the container.</param>
    /// <param name="timeout">The task type's; none where it is null, so that time passes for the lease alone.</param>
    /// <param name="resilience">The task type's Polly pipeline, if any.</param>
    public IdempotencyBench(
        Func<IdempotencySettings, IdempotencySettings>? settings = null,
        Action<IServiceCollection>? services = null,
        TimeSpan? timeout = null,
        Action<ResiliencePipelineBuilder>? resilience = null)
    {
        _bench = new PipelineBench(
            s => s with { Timeout = timeout ?? Timeout.InfiniteTimeSpan, Resilience = resilience, Idempotency = settings?.Invoke(new()) ?? new() },
            collection =>
            {
                collection.AddSingleton<IIdempotencyStore>(provider => new ScriptedStore(provider.GetRequiredService<TimeProvider>()));
                services?.Invoke(collection);
            });
        _envelope = _bench.Envelope();
    }

    public PipelineBench Pipeline => _bench;

    public ScriptedStore Store => (ScriptedStore)_bench.Services.GetRequiredService<IIdempotencyStore>();

    public int Runs => _bench.Calls.Count;

    public WorkScript Handler
    {
        set => _bench.Handler = value;
    }

    public IEnumerable<int> LoggedIds => _bench.Logs.GetSnapshot().Select(record => record.Id.Id);

    /// <summary>Delivers the task, once more.</summary>
    public Task<TaskOutcome> DeliverAsync(CancellationToken abort = default) => _bench.RunAsync(_envelope, abort: abort);

    public MetricCollector<long> Count(string instrument) => new(_bench.Services.GetRequiredService<IMeterFactory>(), TelemetryNames.Source, instrument);

    /// <summary>Lets time pass, a second at a time, until the delivery has ended.</summary>
    public async Task<TaskOutcome> PassUntilEndAsync(Task<TaskOutcome> delivery, CancellationToken cancellationToken)
    {
        while (!delivery.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await delivery;
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
