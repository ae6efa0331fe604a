using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// One try to connect: TCP, TLS, login, virtual host, all within a deadline. The client reports a missing virtual host only on the
/// next RPC (it does not wait for connection.open-ok), so a try ends with opening a channel.
/// </summary>
internal sealed class BrokerDialer(RabbitMqOptions options, string name, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    // The broker's own upper bound for max_message_size. A smaller one would cost the connection when a body exceeds it;
    // the worker refuses large bodies one by one instead.
    private const uint LargestBody = 512 * 1024 * 1024;

    public BrokerAddress Address { get; } = BrokerAddress.Of(options.Uri);

    /// <exception cref="BrokerAccessException">The broker refuses the login or the virtual host.</exception>
    public async Task<ConnectionEpoch> DialAsync(long number, CancellationToken cancellationToken)
    {
        var sockets = new List<ITcpClient>();
        using var deadline = new CancellationTokenSource(ConnectDeadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        IConnection? connection = null;
        try
        {
            connection = await CreateFactory(sockets).CreateConnectionAsync(both.Token).WaitAsync(both.Token).ConfigureAwait(false);
            var probe = await connection.CreateChannelAsync(cancellationToken: both.Token).WaitAsync(both.Token).ConfigureAwait(false);
            var epoch = new ConnectionEpoch(number, connection, () => Close(sockets), time, logger);
            _ = probe.DisposeAsync().AsTask();
            return epoch;
        }
        catch (Exception exception)
        {
            Abort(connection, sockets);
            cancellationToken.ThrowIfCancellationRequested();
            if (exception is OperationCanceledException)
            {
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer within {ConnectDeadline.TotalSeconds} s"), exception);
            }

            throw FindAccessFault(exception) is { } fault ? new BrokerAccessException(Address.ToString(), fault, exception) : exception;
        }
    }

    private ConnectionFactory CreateFactory(List<ITcpClient> sockets) => new()
    {
        Uri = options.Uri,
        ClientProvidedName = name,
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        RequestedHeartbeat = options.Heartbeat,
        RequestedConnectionTimeout = ConnectDeadline,
        ContinuationTimeout = RecoveryTimes.Rpc,
        ConsumerDispatchConcurrency = 1,
        MaxInboundMessageBodySize = LargestBody,
        SocketFactory = family =>
        {
            var socket = options.Uri.Scheme == "amqps" ? ConnectionFactoryBase.DefaultSocketFactory(family) : GuardedTcpClient.Create(family);
            lock (sockets)
            {
                sockets.Add(socket);
            }

            return socket;
        },
    };

    private string? FindAccessFault(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationFailureException)
            {
                return $"RabbitMQ at {Address} refuses the login: wrong user name or password, or the user may not log in from here ('{cause.Message}'). Set the right ones in 'TaskQueue:RabbitMq:Uri'.";
            }

            if (cause is OperationInterruptedException { ShutdownReason: { } reason } && BrokerVerdicts.Of(reason.ReplyCode, reason.ReplyText) is BrokerVerdict.NotAllowed or BrokerVerdict.AccessRefused)
            {
                return $"RabbitMQ at {Address} refuses the virtual host: it does not exist, or the user has no permissions in it ('{reason.ReplyText}'). Create it ('rabbitmqctl add_vhost'), grant it ('rabbitmqctl set_permissions'), or name another one in 'TaskQueue:RabbitMq:Uri'.";
            }
        }

        return null;
    }

    private static void Abort(IConnection? connection, List<ITcpClient> sockets)
    {
        Close(sockets);
        if (connection is not null)
        {
            _ = Task.Run(async () => await connection.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing), CancellationToken.None);
        }
    }

    private static void Close(List<ITcpClient> sockets)
    {
        lock (sockets)
        {
            foreach (var socket in sockets)
            {
                try
                {
                    socket.Close();
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    // Closed already.
                }
            }
        }
    }
}
