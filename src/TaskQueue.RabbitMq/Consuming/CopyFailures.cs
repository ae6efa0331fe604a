using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Which copies to one exchange fail or wait for it, and what the log says of them, since they may be hundreds that try for hours: a line when a kind of
/// failure begins, one a minute at most while it lasts or comes again, and one when the last copy of a trouble that was told is safe. Owned by its <see cref="CopyTarget"/>; thread-safe.
/// </summary>
internal sealed class CopyFailures(string exchange, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<CopyTrouble> _copies = [];
    private readonly Dictionary<PublishStatus, long> _toldAt = [];
    private long _beganAt;
    private int _most;
    private bool _isTold;

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
            _isTold = true;
        }

        Log.CopyFailed(logger, exchange, status, count, taskId, detail);
    }

    /// <summary>A copy that had failed or waited is safe, or was given up.</summary>
    public void Ended(CopyTrouble copy, bool isSafe)
    {
        int most;
        bool isTold;
        lock (_gate)
        {
            if (!_copies.Remove(copy) || _copies.Count > 0)
            {
                return;
            }

            (most, isTold) = (_most, _isTold);
            (_most, _isTold) = (0, false);
        }

        if (isSafe && isTold)
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
