using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// Asks whether somebody has ever declared a suspect queue, on the connection that publishes: see <see cref="RouteProbe"/>. Waits neither for that connection nor for
/// the end of an alarm. A singleton; thread-safe, one question at a time.
/// </summary>
internal sealed class SuspectProbe(BrokerConnection publishing, TopologyNames names, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ConnectionEpoch? _epoch;
    private TopologyChannel? _channel;

    /// <returns>Null where that cannot be asked now.</returns>
    public async Task<bool?> WasDeclaredAsync(string suspectQueue, CancellationToken cancellationToken)
    {
        if (publishing.Current is not { } epoch)
        {
            // Whoever asks first has it connect.
            _ = publishing.GetAsync(cancellationToken).AsTask().MayBeAbandoned();
            return null;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RouteProbe.HadSuspectsAsync(await ChannelOfAsync(epoch).ConfigureAwait(false), names, suspectQueue)
                .MayBeAbandoned()
                .WaitAsync(Patience, time, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The queue that forgets the question has no leader. This channel waits for it until its own deadline, which closes it.
            _channel = null;
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    // One that belongs to a lost connection is gone with it.
    private async ValueTask<TopologyChannel> ChannelOfAsync(ConnectionEpoch epoch)
    {
        if (_channel is null || _epoch != epoch)
        {
            if (_channel is not null)
            {
                await _channel.DisposeAsync().ConfigureAwait(false);
            }

            (_epoch, _channel) = (epoch, TopologyChannel.ForProbes(epoch, time));
        }

        return _channel;
    }
}
