using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// One exchange, as all copies that go there find it. Where the broker refuses the exchange itself (no permission; it is missing and may not be declared)
/// each try costs a channel, so its copies back off together: one of them, the probe, tries after a pause that grows, and the others wait until it is
/// known whether the exchange takes it. What a single copy meets (a full queue, one without a leader) is its own affair. One for each exchange of a
/// worker; thread-safe.
/// </summary>
internal sealed class CopyTarget(string exchange, TimeProvider time, ILogger logger)
{
    private readonly Lock _gate = new();
    private string? _refusal;
    private TimeSpan _pause = RecoveryTimes.FirstQueuePause;
    private long _triedAt;
    private CopyProbe? _probe;

    /// <summary>The copies that fail here, and what the log says of them.</summary>
    public CopyFailures Failures { get; } = new(exchange, time, logger);

    /// <summary>Why the broker refuses the exchange; null while it takes it.</summary>
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Completes when it is a copy's turn to try: at once, or as the probe, or when a probe has got through; also when it is cancelled.</summary>
    /// <returns>What makes it the probe; else null. The end of each try is to be told to <see cref="Tried"/>, and that there is none to <see cref="GiveUp"/>.</returns>
    public async ValueTask<CopyProbe?> WaitForTurnAsync(CancellationToken abort)
    {
        var own = new CopyProbe();
        while (Refusal is not null && !abort.IsCancellationRequested)
        {
            var probe = ClaimProbe(own);
            if (probe == own)
            {
                await Task.Delay(PauseLeft(), time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return own;
            }

            await probe.Ended.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    /// <summary>The probe was sent, and a refusal would have come by now: the exchange is open, whatever keeps the confirm. It goes on as any other copy.</summary>
    public void Passed(CopyProbe probe)
    {
        lock (_gate)
        {
            if (probe == _probe)
            {
                _refusal = null;
                EndProbe();
            }
        }
    }

    /// <summary>The copy that was to be the probe needs to go nowhere any more: the next one has its turn, without a pause of its own.</summary>
    public void GiveUp(CopyProbe probe)
    {
        lock (_gate)
        {
            if (probe == _probe)
            {
                EndProbe();
            }
        }
    }

    /// <summary>How a try ended, and as which probe, if it was one.</summary>
    public void Tried(PublishStatus status, bool isRefused, string? detail, CopyProbe? probe)
    {
        lock (_gate)
        {
            var wasProbe = probe is not null && probe == _probe;
            _triedAt = time.GetTimestamp();
            _pause = (isRefused, wasProbe) switch
            {
                (true, true) => RecoveryTimes.Longer(_pause, RecoveryTimes.LongestQueuePause),
                (true, false) when _refusal is null => RecoveryTimes.FirstQueuePause,
                _ => _pause,
            };
            _refusal = isRefused ? $"{status} at '{exchange}'. {detail}".TrimEnd() : HasReached(status) ? null : _refusal;
            if (wasProbe)
            {
                EndProbe();
            }
        }
    }

    private TimeSpan PauseLeft()
    {
        lock (_gate)
        {
            var since = time.GetElapsedTime(_triedAt);
            return since < _pause ? _pause - since : TimeSpan.Zero;
        }
    }

    /// <returns>The probe that is under way, or the given one, which is it now.</returns>
    private CopyProbe ClaimProbe(CopyProbe own)
    {
        lock (_gate)
        {
            return _probe ??= own;
        }
    }

    // Last of all under the gate: those that wait look at the refusal without it.
    private void EndProbe()
    {
        _probe!.End();
        _probe = null;
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
