using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// A channel for requests about topology: opened when first needed, and opened again after a refusal, since the broker closes the channel with it.
/// Every request has a deadline; one without an answer costs the channel, and the connection when it opens no other one. For one user at a time.
/// </summary>
internal sealed class TopologyChannel : IAsyncDisposable
{
    private static readonly CreateChannelOptions ForRequests = new(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false);

    // Confirms and returns are its answers. They take one more request for each channel that is opened.
    private static readonly CreateChannelOptions ForProbing = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private readonly ConnectionEpoch _epoch;
    private readonly TimeProvider _time;
    private readonly CreateChannelOptions _options;
    private IChannel? _channel;

    public TopologyChannel(ConnectionEpoch epoch, TimeProvider time)
        : this(epoch, time, ForRequests)
    {
    }

    private TopologyChannel(ConnectionEpoch epoch, TimeProvider time, CreateChannelOptions options) => (_epoch, _time, _options) = (epoch, time, options);

    /// <summary>One on which <see cref="RouteProbe"/> can ask as well.</summary>
    public static TopologyChannel ForProbes(ConnectionEpoch epoch, TimeProvider time) => new(epoch, time, ForProbing);

    /// <summary>Whether the broker blocks this connection's publishes.</summary>
    public bool IsBlocked => _epoch.BlockedReason is not null;

    /// <summary>Completes when it does.</summary>
    public Task WhenBlocked => _epoch.Alarm.WhenBegun;

    /// <returns>Null when the broker did it, else its refusal.</returns>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    /// <exception cref="OperationCanceledException">The connection was lost.</exception>
    public async Task<Refusal?> TryAsync(Func<IChannel, CancellationToken, Task> request)
    {
        _channel ??= await _epoch.OpenChannelAsync(_options, _epoch.Lost).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(RecoveryTimes.LongestRpc, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _epoch.Lost);
        try
        {
            await request(_channel, both.Token).MayBeAbandoned().WaitAsync(both.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationInterruptedException exception) when (Refusal.From(exception) is { } refusal)
        {
            await DisposeAsync().ConfigureAwait(false);
            return refusal;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException && !_epoch.Lost.IsCancellationRequested)
        {
            throw GiveUp(exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _channel, null) is { } channel)
        {
            await channel.DisposeAsync().AsTask().MayBeAbandoned().WaitAsync(TimeSpan.FromSeconds(2), _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A queue without a leader holds up the channel that asked for it, and nobody else.
    private TimeoutException GiveUp(Exception cause)
    {
        _ = DisposeAsync().AsTask();
        var alarm = _epoch.BlockedReason is { } blocked ? $" It blocks publishers: '{blocked}'." : "";
        return new TimeoutException($"The broker did not answer a request about its topology within {RecoveryTimes.LongestRpc}.{alarm}", cause);
    }
}
