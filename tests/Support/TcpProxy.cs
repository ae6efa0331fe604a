using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Tests.Support;

/// <summary>
/// Stands between a client and the broker on loopback, and makes the network misbehave: nobody listens until <see cref="Start"/>,
/// <see cref="Refuse"/> refuses, <see cref="Stop"/> does both, <see cref="Cut"/> breaks what is open, <see cref="Pause"/> holds all bytes while connections look alive,
/// <see cref="PauseRequests"/> and <see cref="PauseReplies"/> those of one direction, <see cref="Swallow"/> loses them for good,
/// <see cref="Slow"/> lets them pass slowly, <see cref="Answer"/> speaks for the broker.
/// The port stays the same for its whole life. Safe from many threads; dispose it to end it.
/// </summary>
public sealed class TcpProxy : IDisposable
{
    private readonly string _targetHost;
    private readonly int _targetPort;
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];
    private readonly HashSet<Socket> _stranded = [];
    private TcpListener? _listener;
    private TaskCompletionSource _requests = Completed();
    private TaskCompletionSource _replies = Completed();
    private (byte[] Marker, byte[] Reply)? _answer;
    private bool _swallowing;
    private TimeSpan _delay;

    /// <summary>Chooses a free port, without listening on it yet.</summary>
    /// <param name="targetHost">Where connections are forwarded to.</param>
    /// <param name="targetPort">Port there.</param>
    public TcpProxy(string targetHost, int targetPort)
    {
        _targetHost = targetHost;
        _targetPort = targetPort;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Connections that clients have made so far, in all.</summary>
    public int AcceptedConnections { get; private set; }

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock)
                return _open.Count / 2;
        }
    }

    /// <summary>Starts to listen; nothing happens when it does already.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_listener is not null)
                return;
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Start();
            _ = AcceptAsync(_listener);
        }
    }

    /// <summary>Refuses new connections; those that are open live on.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Refuses new connections and breaks those that are open: the broker is away.</summary>
    public void Stop()
    {
        Refuse();
        Cut();
    }

    /// <summary>Breaks all open connections with a reset; new ones are taken.</summary>
    public void Cut()
    {
        Socket[] open;
        lock (_lock)
        {
            open = [.. _open];
            _open.Clear();
        }

        foreach (var socket in open)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (ObjectDisposedException)
            {
                // It broke because its other half just did.
            }

            socket.Dispose();
        }
    }

    /// <summary>Holds all bytes in both directions, as a network that has silently gone. Connections are taken and lead nowhere.</summary>
    public void Pause()
    {
        PauseRequests();
        PauseReplies();
    }

    /// <summary>Holds what clients send, until buffers are full and their sockets take no more; the broker is still heard.</summary>
    public void PauseRequests()
    {
        lock (_lock)
            _requests = Held(_requests);
    }

    /// <summary>Holds what the broker sends: it does what it is asked, and nobody hears of it.</summary>
    public void PauseReplies()
    {
        lock (_lock)
            _replies = Held(_replies);
    }

    /// <summary>When a client sends a piece with the marker in it, answers in the broker's place, which hears nothing more on that connection.</summary>
    /// <param name="marker">What to look for.</param>
    /// <param name="reply">The answer, whole frames.</param>
    public void Answer(byte[] marker, byte[] reply)
    {
        lock (_lock)
            _answer = (marker, reply);
    }

    /// <summary>Makes each piece of up to 16 KiB take so much longer, in each direction: latency, and a bound of the throughput.</summary>
    /// <param name="delay">How long a piece is held; zero for full speed.</param>
    public void Slow(TimeSpan delay)
    {
        lock (_lock)
            _delay = delay;
    }

    /// <summary>Swallows the bytes of the connections that are open now, for good, while new ones are forwarded: half-open connections, as after the loss of a
    /// machine or of a firewall's memory.</summary>
    public void Strand()
    {
        lock (_lock)
            _stranded.UnionWith(_open);
    }

    /// <summary>As <see cref="Strand"/>, and of the connections that are made until <see cref="Resume"/> too: the network takes them and leads nowhere.</summary>
    public void Swallow()
    {
        lock (_lock)
        {
            _swallowing = true;
            _stranded.UnionWith(_open);
        }
    }

    /// <summary>Lets bytes pass again, held ones first; what was swallowed stays lost.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            _swallowing = false;
            _requests.TrySetResult();
            _replies.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        Resume();
    }

    private static TaskCompletionSource Held(TaskCompletionSource direction) =>
        direction.Task.IsCompleted ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : direction;

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = ForwardAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped: there is no other way to end an accept.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (!Track(client, server))
                return;
            await PassingAsync(fromClient: true);
            await server.ConnectAsync(_targetHost, _targetPort);
            // The first end that closes closes the other.
            await Task.WhenAny(PumpAsync(client, server, fromClient: true), PumpAsync(server, client, fromClient: false));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut, or the broker is away: the client sees its connection end, which is what a proxy can say.
        }
        finally
        {
            Forget(client, server);
        }
    }

    private bool Track(Socket client, Socket server)
    {
        client.NoDelay = server.NoDelay = true;
        lock (_lock)
        {
            AcceptedConnections++;
            _open.Add(client);
            _open.Add(server);
            if (_swallowing)
                _stranded.UnionWith([client, server]);
            return _listener is not null;
        }
    }

    private void Forget(Socket client, Socket server)
    {
        lock (_lock)
        {
            _open.Remove(client);
            _open.Remove(server);
        }

        client.Dispose();
        server.Dispose();
    }

    private bool IsStranded(Socket socket)
    {
        lock (_lock)
            return _stranded.Contains(socket);
    }

    private Task PassingAsync(bool fromClient)
    {
        lock (_lock)
        {
            var passing = (fromClient ? _requests : _replies).Task;
            return _delay == TimeSpan.Zero ? passing : Task.WhenAll(passing, Task.Delay(_delay));
        }
    }

    private byte[]? AnswerTo(Socket client, ReadOnlySpan<byte> piece)
    {
        lock (_lock)
        {
            var isAsked = _answer is var (marker, _) && !_stranded.Contains(client) && piece.IndexOf(marker) >= 0;
            return isAsked && _stranded.Add(client) ? _answer?.Reply : null;
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromClient)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await PassingAsync(fromClient);
                if (fromClient && AnswerTo(from, buffer.AsSpan(0, count)) is { } answer)
                    await from.SendAsync(answer);
                for (var sent = 0; sent < count && !IsStranded(from);)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Either end broke; the caller closes both.
        }
    }
}
