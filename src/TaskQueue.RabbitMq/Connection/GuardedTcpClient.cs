using System.Net.Sockets;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>The client's own socket, read through a <see cref="GuardedStream"/>.</summary>
internal sealed class GuardedTcpClient(Socket socket) : TcpClientAdapter(socket)
{
    public static GuardedTcpClient Create(AddressFamily family) => new(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

    public override NetworkStream GetStream() => new GuardedStream(Client, base.GetStream());
}
