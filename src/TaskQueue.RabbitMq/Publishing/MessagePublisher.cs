using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Publishes messages on one channel of its own: confirmed, mandatory, persistent, pipelined, within a window and a deadline, and
/// across reconnects (an unconfirmed message of a lost connection goes out again with the same task id). One serves the users' publishes,
/// another one the copies that settle deliveries, so that neither starves the other. Thread-safe; never throws but for the caller's own
/// cancellation and after disposal.
/// <para>All calls go through one queue. Whoever finds it idle becomes the sender (the pump) for a while, so that no thread waits for another and
/// nothing is allocated for waiting. The gate guards the queue, the ring and each pending publish, and is never held across a call to
/// the client.</para>
/// </summary>
internal sealed class MessagePublisher : IAsyncDisposable, IDisposable, IThreadPoolWorkItem
{
    private const int BurstOnCallersThread = 64;

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly PendingQueue _waiting = new();
    private readonly Stack<PendingPublish> _pool = new();
    private readonly BrokerConnection _connection;
    private readonly int _window;
    private readonly int _maxPropertiesBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _sweep;
    private ConfirmChannel? _channel;
    private Exception? _openError;
    private long _nextDeadline = long.MaxValue;
    private bool _pumping;
    private bool _sweeping;
    private bool _disposed;

    /// <param name="connection">The publish connection.</param>
    /// <param name="window">The most messages in flight.</param>
    /// <param name="maxPropertiesBytes">The most bytes of encoded properties.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where lost channels are told.</param>
    public MessagePublisher(BrokerConnection connection, int window, int maxPropertiesBytes, TimeProvider time, ILogger<MessagePublisher> logger)
    {
        _connection = connection;
        _window = window;
        _maxPropertiesBytes = maxPropertiesBytes;
        _time = time;
        _logger = logger;
        _sweep = time.CreateTimer(static state => ((MessagePublisher)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many messages are sent and not settled; never more than the window.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
            {
                return _channel?.InFlight ?? 0;
            }
        }
    }

    /// <param name="message">The message.</param>
    /// <param name="deadline">In all, waits and reconnects included.</param>
    /// <param name="cancellationToken">Stops the wait, never a write under way.</param>
    /// <exception cref="ObjectDisposedException">The application is shutting down.</exception>
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
            pending = _pool.TryPop(out var pooled) ? pooled : new PendingPublish(this);
            pending.Start(message, _time.GetTimestamp() + (long)(deadline.TotalSeconds * _time.TimestampFrequency));
            _waiting.AddLast(pending);
            WatchDeadline(pending.Deadline);
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

    /// <summary>Lets what is under way finish for five seconds, then fails the rest.</summary>
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

        await _drained.Task.WaitAsync(DrainDeadline, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            RetireChannel();
            FailWaiting(new ObjectDisposedException(nameof(MessagePublisher), "The application shut down before the broker confirmed."));
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously, which refuse to hold what only has the other one. Blocks, within the same bounds.</summary>
    public void Dispose() => DisposeAsync().AsTask().Wait();

    /// <summary>Something changed that may let the pump go on. Safe to call from the client's reader: the work is done on the pool.</summary>
    public void Kick()
    {
        bool pump;
        lock (_gate)
        {
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

            Detach(pending);
            pending.CompleteCancelled(cancellationToken);
        }

        Kick();
    }

    /// <summary>The result was taken: the object may serve again.</summary>
    public void Recycle(PendingPublish pending)
    {
        lock (_gate)
        {
            if (_pool.Count < _window)
            {
                _pool.Push(pending);
            }
        }
    }

    /// <summary>A channel ended, by itself or with its connection: what it had not confirmed is judged, and all but the guilty go out again.</summary>
    public void OnLost(ConfirmChannel channel, Exception reason)
    {
        lock (_gate)
        {
            if (_channel != channel)
            {
                return;
            }

            if (reason is not BrokerClosedException { Verdict: BrokerVerdict.NotFound })
            {
                // A missing exchange is an answer, which the sender acts on.
                Log.ChannelLost(_logger, channel.InFlight, reason.Message);
            }

            Blame.Judge(channel, reason);
            RetireChannel();
        }

        Kick();
    }

    // From here on: under the gate.
    private bool ClaimPump()
    {
        if (_pumping || !CanSend())
        {
            return false;
        }

        return _pumping = true;
    }

    private bool CanSend()
    {
        if (_waiting.First is not { } next || _stopping.IsCancellationRequested)
        {
            return false;
        }

        return _channel is null || (_channel.Epoch.BlockedReason is null && HasRoomFor(next));
    }

    private bool HasRoomFor(PendingPublish next) =>
        _channel!.InFlight == 0 || (_channel.InFlight < _window && next.Strikes == 0 && !_channel.SendsSingly);

    private void Detach(PendingPublish pending)
    {
        if (pending.State == PendingState.Waiting)
        {
            _waiting.Remove(pending);
            return;
        }

        _channel!.Forget(pending);
        if (pending.Strikes > 0)
        {
            // What it may still do to the channel must not be laid on the next one.
            RetireChannel();
        }
    }

    // What was not confirmed goes to the head of the queue, in order. The ring is emptied: late confirms of the old channel find nothing.
    private void RetireChannel()
    {
        if (_channel is not { } channel)
        {
            return;
        }

        _channel = null;
        var unconfirmed = new Stack<PendingPublish>();
        while (channel.TakeUnconfirmed() is { } pending)
        {
            unconfirmed.Push(pending);
        }

        foreach (var pending in unconfirmed)
        {
            _waiting.AddFirst(pending);
        }

        channel.Retire();
    }

    private void FailWaiting(Exception reason)
    {
        while (_waiting.First is { } pending)
        {
            _waiting.Remove(pending);
            pending.Complete(new PublishResult(pending.Sent ? PublishStatus.TimedOut : PublishStatus.Unavailable, Error: reason));
        }
    }

    private void ReportDrained()
    {
        if (_disposed && _waiting.First is null && _channel is not { InFlight: > 0 })
        {
            _drained.TrySetResult();
        }
    }

    private void WatchDeadline(long deadline)
    {
        _nextDeadline = Math.Min(_nextDeadline, deadline);
        if (!_sweeping)
        {
            _sweeping = true;
            _sweep.Change(SweepPeriod, SweepPeriod);
        }
    }

    private PublishResult GaveUp(PendingPublish pending)
    {
        if (pending.Sent)
        {
            return new PublishResult(PublishStatus.TimedOut, Error: _openError ?? _connection.LastError);
        }

        if ((_channel?.Epoch ?? _connection.Current)?.BlockedReason is { } alarm)
        {
            return new PublishResult(PublishStatus.Blocked, alarm);
        }

        return _channel is null
            ? new PublishResult(PublishStatus.Unavailable, Error: _openError ?? _connection.LastError)
            : new PublishResult(PublishStatus.TimedOut, "It was not sent: the broker confirmed nothing, and the window was full.");
    }

    // From here on: without the gate.
    private void Sweep()
    {
        lock (_gate)
        {
            if (_time.GetTimestamp() >= _nextDeadline)
            {
                SweepExpired();
            }

            if (_waiting.First is null && _channel is not { InFlight: > 0 })
            {
                _sweeping = false;
                _nextDeadline = long.MaxValue;
                _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        Kick();
    }

    private void SweepExpired()
    {
        var now = _time.GetTimestamp();
        _nextDeadline = long.MaxValue;
        foreach (var pending in AllPending().ToList())
        {
            if (pending.Deadline > now)
            {
                _nextDeadline = Math.Min(_nextDeadline, pending.Deadline);
                continue;
            }

            var result = GaveUp(pending);
            Detach(pending);
            pending.Complete(result);
        }
    }

    private IEnumerable<PendingPublish> AllPending()
    {
        foreach (var pending in _channel?.Unconfirmed() ?? [])
        {
            yield return pending;
        }

        for (var pending = _waiting.First; pending is not null; pending = pending.Next)
        {
            yield return pending;
        }
    }

    // The pump: one at a time. It never throws, or nobody would send any more.
    private async Task PumpAsync()
    {
        for (var sent = 1; TryTake(out var next); sent++)
        {
            if (next.Channel is null)
            {
                await OpenChannelAsync().ConfigureAwait(false);
            }
            else
            {
                await SendAsync(next).ConfigureAwait(false);
            }

            if (sent % BurstOnCallersThread == 0)
            {
                // The caller whose thread this is has its own work to do.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    // What the pump needs of a pending publish is read under the gate: the object may serve another caller before the pump is done.
    private bool TryTake(out Sending next)
    {
        lock (_gate)
        {
            next = default;
            if (!CanSend())
            {
                _pumping = false;
                return false;
            }

            if (_channel is not null)
            {
                var pending = _waiting.First!;
                _waiting.Remove(pending);
                _channel.Register(pending);
                next = new Sending(_channel, pending.Message, pending.Sequence, pending.Span);
            }

            return true;
        }
    }

    private async Task OpenChannelAsync()
    {
        try
        {
            var epoch = await _connection.GetAsync(_stopping.Token).ConfigureAwait(false);
            var channel = await ConfirmChannel.OpenAsync(this, _gate, epoch, _window, _stopping.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _openError = null;
                _channel = channel;
            }

            if (channel.LostReason is { } reason)
            {
                OnLost(channel, reason);
            }
        }
        catch (Exception exception) when (exception is BrokerAccessException or ObjectDisposedException)
        {
            lock (_gate)
            {
                FailWaiting(exception);
            }
        }
        catch (Exception exception)
        {
            _openError = exception;
            await Task.Delay(ReopenPause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask SendAsync(Sending next)
    {
        if (!TryEncode(next))
        {
            return;
        }

        try
        {
            await WaitForSocketAsync(next.Channel!.SendAsync(next.Message, next.Span), next.Channel.Epoch).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OnLost(next.Channel!, exception);
        }
    }

    private bool TryEncode(Sending next)
    {
        PublishResult fault;
        try
        {
            var size = next.Channel!.Encode(next.Message);
            if (size <= _maxPropertiesBytes)
            {
                return true;
            }

            fault = new PublishResult(PublishStatus.PropertiesTooLarge, Size: size);
        }
        catch (Exception exception)
        {
            fault = new PublishResult(PublishStatus.Rejected, "The properties cannot be encoded.", exception);
        }

        lock (_gate)
        {
            next.Channel!.Withdraw(next.Sequence)?.Complete(fault);
        }

        return false;
    }

    // The socket takes no more. Under an alarm that is the broker's way to slow us down; otherwise it is dead, and waiting would stop all publishes.
    private ValueTask WaitForSocketAsync(ValueTask write, ConnectionEpoch epoch) =>
        write.IsCompleted ? write : new ValueTask(WaitForSocketAsync(write.AsTask(), epoch));

    private async Task WaitForSocketAsync(Task write, ConnectionEpoch epoch)
    {
        while (!write.IsCompleted)
        {
            try
            {
                await write.WaitAsync(ConnectionEpoch.RpcDeadline, _time, epoch.Lost).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!write.IsCompleted)
            {
                if (epoch.BlockedReason is null)
                {
                    epoch.Abandon(new TimeoutException($"The socket took no data for {ConnectionEpoch.RpcDeadline}."));
                }
            }
        }

        await write.ConfigureAwait(false);
    }

    private readonly record struct Sending(ConfirmChannel? Channel, OutgoingMessage Message, ulong Sequence, Activity? Span);
}
