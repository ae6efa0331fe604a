using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// One exchange, as all copies that go there find it. Where the broker refuses the exchange itself (no permission; it is missing and may not be declared)
/// each try costs a channel, so its copies back off together: one of them, the probe, tries after a pause that grows, and the others wait for its
/// end. What a single copy meets (a full queue) is its own affair. One for each exchange of a worker; thread-safe.
/// </summary>
internal sealed class CopyTarget(string exchange, TimeProvider time, ILogger logger)
{
    private readonly Lock _gate = new();
    private string? _refusal;
    private TimeSpan _pause = RecoveryTimes.FirstQueuePause;
    private TaskCompletionSource? _probe;

    /// <summary>The copies that fail here, and what the log says of them.</summary>
    public CopyFailures Failures { get; } = new(exchange, time, logger);

    /// <summary>Why the broker refuses the exchange; null while it takes it.</summary>
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Completes when it is a copy's turn to try: at once, or as the probe, or when a probe has got through; also when it is cancelled.</summary>
    /// <returns>Whether it is the probe. The end of each try is to be told to <see cref="Tried"/>.</returns>
    public async ValueTask<bool> IsProbeAsync(CancellationToken abort)
    {
        while (Refusal is not null && !abort.IsCancellationRequested)
        {
            if (OtherProbe() is not { } other)
            {
                await Task.Delay(_pause, time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return true;
            }

            await other.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    /// <summary>How a try ended, and whether it was the probe.</summary>
    public void Tried(PublishStatus status, bool isRefused, string? detail, bool wasProbe)
    {
        TaskCompletionSource? ended = null;
        lock (_gate)
        {
            _pause = (isRefused, wasProbe) switch
            {
                (true, true) => RecoveryTimes.Longer(_pause, RecoveryTimes.LongestQueuePause),
                (true, false) when _refusal is null => RecoveryTimes.FirstQueuePause,
                _ => _pause,
            };
            _refusal = isRefused ? $"{status} at '{exchange}'. {detail}".TrimEnd() : HasReached(status) ? null : _refusal;
            if (wasProbe)
            {
                (ended, _probe) = (_probe, null);
            }
        }

        ended?.TrySetResult();
    }

    /// <returns>When the probe that is under way ends; null for who is the probe now.</returns>
    private Task? OtherProbe()
    {
        lock (_gate)
        {
            if (_probe is { } other)
            {
                return other.Task;
            }

            _probe = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return null;
        }
    }

    // What was lost on the way, or is refused for its own sake, has not shown that the exchange is open.
    private static bool HasReached(PublishStatus status) => status is PublishStatus.Confirmed or PublishStatus.Refused or PublishStatus.Unroutable;
}

/// <summary>The exchanges that this worker's copies go to: a dozen. A singleton; thread-safe.</summary>
internal sealed class CopyTargets(TimeProvider time, ILogger<CopySender> logger)
{
    private readonly ConcurrentDictionary<string, CopyTarget> _byExchange = new(StringComparer.Ordinal);

    public CopyTarget Of(string exchange) =>
        _byExchange.TryGetValue(exchange, out var target) ? target : _byExchange.GetOrAdd(exchange, name => new CopyTarget(name, time, logger));
}
