using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Ends a connection that has died without a word (half-open: a cable, a firewall, a machine that is gone). The broker sends at least a heartbeat each half
/// interval; when nothing has come for longer, it is asked for a channel, and when no byte of any kind follows, the connection is given up. The
/// client's own heartbeats need three to four intervals for that. What has come and was not read yet counts as heard, so that a worker whose threads are all busy keeps
/// its connection. Owned by its epoch; runs on a timer of the system's clock, as the peer knows no other.
/// </summary>
internal sealed class SilenceWatch : IDisposable
{
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly ConnectionEpoch _epoch;
    private readonly BrokerSockets _sockets;
    private readonly TimeSpan _longest;
    private readonly ITimer _timer;
    private long? _asked;

    public SilenceWatch(ConnectionEpoch epoch, BrokerSockets sockets, TimeSpan heartbeat)
    {
        _epoch = epoch;
        _sockets = sockets;
        _longest = RecoveryTimes.SilenceIn(heartbeat);
        _timer = Time.CreateTimer(static state => ((SilenceWatch)state!).Look(), this, RecoveryTimes.SilenceCheck, RecoveryTimes.SilenceCheck);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (_sockets.Silence < _longest || _sockets.HasUnread)
        {
            _asked = null;
        }
        else if (_asked is not { } asked)
        {
            _asked = Time.GetTimestamp();
            _ = AskAsync();
        }
        else if (Time.GetElapsedTime(asked) >= RecoveryTimes.Answer)
        {
            _epoch.Abandon(new TimeoutException($"Nothing has come from RabbitMQ for {_sockets.Silence.TotalSeconds:0.0} s, not even the answer to a request."));
        }
    }

    private async Task AskAsync()
    {
        try
        {
            var channel = await _epoch.OpenChannelAsync(new CreateChannelOptions(false, false), _epoch.Lost).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The connection ends, by this watch or by itself.
        }
    }
}
