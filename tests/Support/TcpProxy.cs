using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Tests.Support;

/// <summary>
/// Stands between a client and the broker on loopback, and makes the network misbehave: nobody listens until <see cref="Start"/>,
/// <see cref="Stop"/> refuses, <see cref="Cut"/> breaks what is open, <see cref="Pause"/> holds all bytes while connections look alive,
/// <see cref="Swallow"/> loses them for good, <see cref="Slow"/> lets them pass slowly.
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
    private TaskCompletionSource _running = Completed();
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

    /// <summary>Refuses new connections and breaks those that are open: the broker is away.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }

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
        lock (_lock)
        {
            if (_running.Task.IsCompleted)
                _running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
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
            _running.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        Resume();
    }

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
            await PassingAsync();
            await server.ConnectAsync(_targetHost, _targetPort);
            // The first end that closes closes the other.
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
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

    private Task PassingAsync()
    {
        lock (_lock)
            return _delay == TimeSpan.Zero ? _running.Task : Task.WhenAll(_running.Task, Task.Delay(_delay));
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await PassingAsync();
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
