using System.Text;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// One life of a connection, from connected to lost. Deliveries and publishes remember theirs: a settle from an older epoch is never
/// sent. Made by <see cref="NodeDialer"/>, owned by <see cref="BrokerConnection"/>. Thread-safe; what is registered on <see cref="Lost"/>
/// runs on the pool, never on the client's reader.
/// </summary>
internal sealed class ConnectionEpoch : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeDeadline = TimeSpan.FromSeconds(2);

    private readonly IConnection _connection;
    private readonly BrokerSockets _sockets;
    private readonly SilenceWatch _silence;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private int _ended;

    public ConnectionEpoch(long number, IConnection connection, BrokerAddress address, BrokerSockets sockets, TimeProvider time, ILogger logger)
    {
        Number = number;
        _connection = connection;
        _sockets = sockets;
        _time = time;
        _logger = logger;
        Lost = _lost.Token;
        Endpoint = address.ToString();
        BrokerVersion = ReadVersion(connection);
        FrameMax = connection.FrameMax;
        Node = address.Nodes[0].ToString();
        _silence = new SilenceWatch(this, sockets, connection.Heartbeat);
        connection.ConnectionBlockedAsync += OnBlockedAsync;
        connection.ConnectionUnblockedAsync += OnUnblockedAsync;
        connection.ConnectionShutdownAsync += OnShutdownAsync;
    }

    /// <summary>1 for the first connection of this supervisor, and so on.</summary>
    public long Number { get; }

    /// <summary>Cancelled when this life of the connection has ended.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether neither the connection has ended nor been given up.</summary>
    public bool IsOpen => !Lost.IsCancellationRequested && _connection.IsOpen;

    /// <summary>Why it has ended; null while it lives.</summary>
    public Exception? LostReason { get; private set; }

    /// <summary>The broker's alarm, by which it blocks this connection.</summary>
    public BrokerAlarm Alarm { get; } = new();

    /// <summary>The broker's alarm while it blocks this connection's publishes, else null.</summary>
    public string? BlockedReason => Alarm.Reason;

    /// <summary>The largest frame in bytes, as negotiated; 0 for no limit.</summary>
    public uint FrameMax { get; }

    /// <summary>The node at the other end, as "host:port".</summary>
    public string Node { get; }

    /// <summary>The node, for messages: "host:port, virtual host '/', user 'guest'".</summary>
    public string Endpoint { get; }

    /// <summary>The broker's version from its server properties, as "4.3.6".</summary>
    public Version BrokerVersion { get; }

    private string Name => _connection.ClientProvidedName ?? "";

    /// <summary>Opens a channel, within the RPC deadline; a broker that does not answer costs the whole connection.</summary>
    /// <exception cref="OperationCanceledException">The caller's token, or this epoch has ended.</exception>
    public Task<IChannel> OpenChannelAsync(CreateChannelOptions options, CancellationToken cancellationToken) =>
        OpenChannelAsync(options, RecoveryTimes.LongestRpc, cancellationToken);

    /// <summary>The same, with another time until the connection is given up.</summary>
    public async Task<IChannel> OpenChannelAsync(CreateChannelOptions options, TimeSpan patience, CancellationToken cancellationToken)
    {
        Lost.ThrowIfCancellationRequested();

        // The caller's token does not reach the client: a half-opened channel would be nobody's.
        var opening = _connection.CreateChannelAsync(options, CancellationToken.None);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Lost);
        try
        {
            return await opening.WaitAsync(patience, _time, both.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _ = DisposeLateAsync(opening);
            both.Token.ThrowIfCancellationRequested();
            var reason = new TimeoutException($"RabbitMQ did not open a channel within {patience}.", exception);
            if (BlockedReason is null)
            {
                // A broker with an alarm reads nothing from a connection that has published: that is no reason to end it.
                Abandon(reason);
            }

            throw reason;
        }
    }

    /// <summary>Ends this epoch: the connection does not answer or is of no more use. Never waits for the broker.</summary>
    public void Abandon(Exception reason)
    {
        if (End(reason))
        {
            _ = Task.Run(DisposeAsync, CancellationToken.None);
        }
    }

    /// <summary>Says goodbye to the broker within two seconds, then closes the socket in any case.</summary>
    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(GoodbyeDeadline, _time);
        await CloseAsync(deadline.Token).ConfigureAwait(false);
    }

    /// <summary>Says goodbye to the broker, then closes the socket in any case. The supervisor's business.</summary>
    /// <param name="hangUp">Ends the goodbye.</param>
    public async Task CloseAsync(CancellationToken hangUp)
    {
        End(new ObjectDisposedException(Name, "The connection was closed by this process."));
        try
        {
            await _connection.AbortAsync(CancellationToken.None).MayBeAbandoned().WaitAsync(hangUp).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // A peer that does not read would hold the client's own close for as long as TCP tries: the socket's end frees it.
        }

        _sockets.Close();
        await _connection.DisposeAsync().AsTask().MayBeAbandoned().WaitAsync(hangUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool End(Exception reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return false;
        }

        LostReason = reason;
        _silence.Dispose();
        _ = _lost.CancelAsync();
        Alarm.Abandon();
        return true;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        if (End(new BrokerClosedException(reason)))
        {
            // The client leaves its socket and buffers to us; not here, where it would wait for its own reader.
            _ = Task.Run(DisposeAsync, CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    private Task OnBlockedAsync(object sender, ConnectionBlockedEventArgs alarm)
    {
        Log.ConnectionBlocked(_logger, Name, alarm.Reason);
        Alarm.Begin(alarm.Reason);
        return Task.CompletedTask;
    }

    private Task OnUnblockedAsync(object sender, AsyncEventArgs args)
    {
        Log.ConnectionUnblocked(_logger, Name);
        Alarm.End();
        return Task.CompletedTask;
    }

    private static async Task DisposeLateAsync(Task<IChannel> opening)
    {
        try
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It never opened, or went with its connection.
        }
    }

    private static Version ReadVersion(IConnection connection) =>
        connection.ServerProperties?.TryGetValue("version", out var value) == true
        && value is byte[] bytes
        && Version.TryParse(Encoding.UTF8.GetString(bytes).Split('-', '+')[0], out var version)
            ? version
            : new Version(0, 0);
}
