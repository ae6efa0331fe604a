using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Publishes messages on a channel of its own (and others where that has no answer, see <see cref="Detours"/>): confirmed, mandatory, persistent, pipelined, within a window and a deadline, and
/// across reconnects (an unconfirmed message of a lost connection goes out again with the same task id). One serves the users' publishes,
/// another one the copies that settle deliveries, so that neither starves the other. Thread-safe; never throws but for the caller's own
/// cancellation and after disposal.
/// <para>All calls go through one queue. Whoever finds it idle becomes the sender (the pump) for a while, so that no thread waits for another and
/// nothing is allocated for waiting. The gate guards the backlog, the ring and each pending publish, and is never held across a call to
/// the client.</para>
/// </summary>
internal sealed class MessagePublisher : IMessagePublisher, IAsyncDisposable, IDisposable, IThreadPoolWorkItem
{
    /// <summary>How often deadlines are looked at, while anything is pending.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(50);

    private const int BurstOnCallersThread = 64;

    private readonly Lock _gate;
    private readonly PublishBacklog _backlog;
    private readonly PublisherSetup _setup;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PublishOpener _opener;
    private readonly ITimer _sweep;
    private bool _pumping;
    private bool _sweeping;
    private bool _disposed;

    /// <param name="connection">The publish connection.</param>
    /// <param name="setup">For this publisher alone.</param>
    /// <param name="logger">Where lost channels are told.</param>
    public MessagePublisher(BrokerConnection connection, PublisherSetup setup, ILogger<MessagePublisher> logger)
    {
        _gate = setup.Gate;
        _backlog = new PublishBacklog(connection, setup, logger);
        _setup = setup;
        _logger = logger;
        _opener = new PublishOpener(this, connection, setup, _backlog);
        _sweep = setup.Time.CreateTimer(static state => ((MessagePublisher)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many messages are sent and not settled; never more than the window, but for what the broker does not answer for.</summary>
    public int InFlight => Read(static backlog => backlog.InFlight);

    /// <summary>How many completed ones are kept for the next publishes; never more than two windows.</summary>
    public int Pooled => Read(static backlog => backlog.Pooled);

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishAsync(OutgoingMessage message, TimeSpan deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellationToken);
        }

        PendingPublish pending;
        bool pump;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            pending = _backlog.Add(this, message, _setup.DeadlineAfter(deadline));
            StartSweep();
            pump = ClaimPump();
        }

        pending.CancelBy(cancellationToken);
        var result = new ValueTask<PublishResult>(pending, pending.Version);
        if (pump)
        {
            _ = PumpAsync();
        }

        return result;
    }

    /// <summary>Lets what is under way finish as long as the stop may take, then fails the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            ReportDrained();
        }

        using var closing = _setup.Stop.Start();
        await _drained.Task.WaitAsync(_setup.Stop.EndOfSettling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _backlog.RetireAll();
            _backlog.FailWaiting(new ObjectDisposedException(nameof(MessagePublisher), "The application shut down before the broker confirmed."));
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously, which refuse to hold what only has the other one. Blocks, within the same bounds.</summary>
    public void Dispose() => DisposeAsync().AsTask().Wait();

    /// <summary>Something changed that may let the pump go on, or an alarm has begun. Safe to call from the client's reader: the work is done on the pool.</summary>
    public void Kick()
    {
        bool pump;
        lock (_gate)
        {
            _backlog.FailBlocked();
            _backlog.EndDetours();
            pump = ClaimPump();
            ReportDrained();
        }

        if (pump)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = PumpAsync();

    /// <summary>A caller gave up.</summary>
    public void Cancel(PendingPublish pending, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (pending.State == PendingState.Done)
            {
                return;
            }

            _backlog.Detach(pending);
            pending.CompleteCancelled(cancellationToken);
        }

        Kick();
    }

    /// <summary>The result was taken: the object may serve again.</summary>
    public void Recycle(PendingPublish pending)
    {
        lock (_gate)
        {
            _backlog.Recycle(pending);
        }
    }

    /// <summary>A channel ended, by itself or with its connection: what it had not confirmed is judged, and all but the guilty go out again.</summary>
    public void OnLost(ConfirmChannel channel, Exception reason)
    {
        lock (_gate)
        {
            if (!_backlog.Uses(channel))
            {
                return;
            }

            Log.ChannelLost(_logger, reason is BrokerClosedException { IsAnswer: true } ? LogLevel.Debug : LogLevel.Warning, channel.InFlight, reason.Message);

            Blame.Judge(channel, reason);
            _backlog.RetireChannel(channel);
        }

        Kick();
    }

    private int Read(Func<PublishBacklog, int> count)
    {
        lock (_gate)
        {
            return count(_backlog);
        }
    }

    private bool MaySend => !_stopping.IsCancellationRequested && _backlog.CanSend;

    private bool ClaimPump() => !_pumping && (_pumping = MaySend);

    private void ReportDrained()
    {
        if (_disposed && _backlog.IsEmpty)
        {
            _drained.TrySetResult();
        }
    }

    // One timer for all deadlines; it rests while nothing is pending.
    private void StartSweep()
    {
        if (!_sweeping)
        {
            _sweeping = true;
            _sweep.Change(SweepPeriod, SweepPeriod);
        }
    }

    private void Sweep()
    {
        lock (_gate)
        {
            _backlog.Expire(_setup.Time.GetTimestamp());
            _backlog.Look();
            if (_backlog.IsEmpty)
            {
                _sweeping = false;
                _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        Kick();
    }

    // One at a time. It never throws, or nobody would send any more.
    private async Task PumpAsync()
    {
        for (var sent = 1; TryTake(out var next); sent++)
        {
            await StepAsync(next).ConfigureAwait(false);

            if (sent % BurstOnCallersThread == 0)
            {
                // The caller whose thread this is has its own work to do.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    private bool TryTake(out Sending next)
    {
        lock (_gate)
        {
            _pumping = MaySend;
            next = _pumping ? _backlog.TakeNext() : default;
            ReportDrained();
            return _pumping;
        }
    }

    private ValueTask StepAsync(Sending next) => next switch
    {
        { Channel: { } channel } => SendAsync(channel, next),
        { Opens: true } => _opener.OpenAsync(next.Detour, _stopping.Token),
        _ => ValueTask.CompletedTask,
    };

    private async ValueTask SendAsync(ConfirmChannel channel, Sending next)
    {
        try
        {
            await channel.SendAsync(next).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OnLost(channel, exception);
        }
    }
}
