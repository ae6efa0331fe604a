using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>A socket's stream that tells of each read that brought something. Owns the socket, so that closing it ends a read that is under way.
/// What is above it, TLS or the guard, reads by the overload for memory alone.</summary>
internal sealed class HeardStream(Socket socket, Action hear) : NetworkStream(socket, ownsSocket: true)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = base.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return AwaitAsync(reading);
        }

        hear();
        return reading;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading)
    {
        var count = await reading.ConfigureAwait(false);
        hear();
        return count;
    }
}
