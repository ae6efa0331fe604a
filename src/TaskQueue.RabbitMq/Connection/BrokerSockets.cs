using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The sockets of one try to connect (the client makes one for IPv6, then one for IPv4), and the streams on each: what tells when the last byte came
/// (<see cref="HeardStream"/>), TLS, and the guard of what the client decodes (<see cref="GuardedStream"/>). Closes them where the client would wait for a peer
/// that does not answer. Thread-safe.
/// </summary>
/// <param name="tls">How to encrypt, or null for not at all.</param>
internal sealed class BrokerSockets(BrokerTls? tls)
{
    // The clock of the system, as the client's own heartbeats have: the peer knows no other.
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];
    private long _heard = Time.GetTimestamp();

    /// <summary>How long nothing has come in.</summary>
    public TimeSpan Silence => Time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Whether something has come that was not read yet: then it is we who are slow, and not the peer.</summary>
    public bool HasUnread
    {
        get
        {
            lock (_gate)
            {
                return _sockets.Any(IsReadable);
            }
        }
    }

    /// <summary>The client's socket factory.</summary>
    public ITcpClient Create(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_gate)
        {
            _sockets.Add(socket);
        }

        return new Connected(socket, this);
    }

    public void Close()
    {
        lock (_gate)
        {
            foreach (var socket in _sockets)
            {
                socket.Dispose();
            }
        }
    }

    private void Hear() => Volatile.Write(ref _heard, Time.GetTimestamp());

    private async Task<Stream> OpenStreamAsync(Socket socket, CancellationToken cancellationToken)
    {
        var heard = new HeardStream(socket, Hear);
        return tls is null ? heard : await tls.EncryptAsync(heard, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsReadable(Socket socket)
    {
        try
        {
            return socket.Available > 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>What the client takes for a plain socket: TLS is ours, so that the guard sees what the client will.</summary>
    private sealed class Connected(Socket socket, BrokerSockets owner) : TcpClientAdapter(socket)
    {
        private Stream? _stream;

        public override async Task ConnectAsync(IPAddress host, int port, CancellationToken cancellationToken = default)
        {
            await base.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            _stream = await owner.OpenStreamAsync(Client, cancellationToken).ConfigureAwait(false);
        }

        public override NetworkStream GetStream() => new GuardedStream(Client, _stream!, Time);
    }
}
