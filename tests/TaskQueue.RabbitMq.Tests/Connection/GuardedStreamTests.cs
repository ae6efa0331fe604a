using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class GuardedStreamTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_write_that_fails_ends_the_read_that_is_under_way()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var peer = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await using var heard = new HeardStream(client.Client, () => { });
        await using var stream = new GuardedStream(client.Client, heard, new FakeTimeProvider());
        var reading = ReadUntilEndAsync(stream, TestContext.Current.CancellationToken);

        client.Client.Shutdown(SocketShutdown.Send);
        await Assert.ThrowsAnyAsync<IOException>(() => stream.WriteAsync(new byte[8], TestContext.Current.CancellationToken).AsTask());

        Assert.Equal(0, await reading);
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[8], TestContext.Current.CancellationToken).AsTask());
    }

    // With an error or without, by which of the socket's ends the system closes first.
    private static async Task<int> ReadUntilEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(new byte[8], cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
