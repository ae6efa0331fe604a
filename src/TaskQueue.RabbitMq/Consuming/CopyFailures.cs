using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Which copies to one exchange fail or wait for it, and what the log says of them, since they may be hundreds that try for hours: a line when a kind of
/// failure begins, one a minute while it lasts, and one when the last copy is safe. Owned by its <see cref="CopyTarget"/>; thread-safe.
/// </summary>
internal sealed class CopyFailures(string exchange, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<CopyTrouble> _copies = [];
    private readonly Dictionary<PublishStatus, long> _toldAt = [];
    private long _beganAt;
    private int _most;

    /// <summary>A copy waits for an exchange that is refused.</summary>
    public void Waits(CopyTrouble copy)
    {
        lock (_gate)
        {
            Add(copy);
        }
    }

    /// <summary>A try failed.</summary>
    public void Failed(CopyTrouble copy, string? taskId, PublishStatus status, string? detail)
    {
        int count;
        lock (_gate)
        {
            count = Add(copy);
            if (_toldAt.TryGetValue(status, out var told) && time.GetElapsedTime(told) < BetweenLines)
            {
                return;
            }

            _toldAt[status] = time.GetTimestamp();
        }

        Log.CopyFailed(logger, exchange, status, count, taskId, detail);
    }

    /// <summary>A copy that had failed or waited is safe, or was given up.</summary>
    public void Ended(CopyTrouble copy, bool isSafe)
    {
        int most;
        lock (_gate)
        {
            if (!_copies.Remove(copy) || _copies.Count > 0)
            {
                return;
            }

            most = _most;
            _most = 0;
            _toldAt.Clear();
        }

        if (isSafe)
        {
            Log.CopiesSafeAtLast(logger, exchange, most, time.GetElapsedTime(_beganAt));
        }
    }

    private int Add(CopyTrouble copy)
    {
        if (_copies.Count == 0)
        {
            _beganAt = time.GetTimestamp();
        }

        _copies.Add(copy);
        _most = Math.Max(_most, _copies.Count);
        return _copies.Count;
    }
}
