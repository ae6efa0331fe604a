using RabbitMQ.Client;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Acknowledges the prefix that is done. The call is made inside the lock that moves the prefix: two that overtake each other would cost the channel. Thread-safe.</summary>
internal sealed class RawAcks : IAsyncDisposable
{
    /// <summary>The most deliveries that may be outstanding.</summary>
    public const int Ring = 4096;

    private const int Batch = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(2);

    private readonly IChannel _channel;
    private readonly Lock _lock = new();
    private readonly bool[] _done = new bool[Ring];
    private readonly Timer _timer;
    private ulong _prefix;
    private ulong _acked;
    private bool _ticking;
    private Task _last = Task.CompletedTask;

    public RawAcks(IChannel channel)
    {
        _channel = channel;
        _timer = new Timer(_ => Tick());
    }

    public void Done(ulong tag)
    {
        lock (_lock)
        {
            _done[tag % Ring] = true;
            while (_done[(_prefix + 1) % Ring])
            {
                _done[++_prefix % Ring] = false;
            }

            if (_prefix - _acked >= Batch)
            {
                Ack();
            }
            else if (!_ticking)
            {
                _ticking = true;
                _timer.Change(Longest, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        lock (_lock)
        {
            Ack();
        }

        await _last;
    }

    private void Tick()
    {
        lock (_lock)
        {
            _ticking = false;
            Ack();
        }
    }

    private void Ack()
    {
        if (_prefix > _acked)
        {
            _acked = _prefix;
            var sent = _channel.BasicAckAsync(_acked, multiple: true);
            _last = sent.IsCompletedSuccessfully ? Task.CompletedTask : sent.AsTask();
        }
    }
}
