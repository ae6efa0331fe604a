using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// One try to connect to one node: TCP, TLS, login, virtual host. The client reports a missing virtual host only on the next RPC (it does not wait for
/// connection.open-ok), so a try ends with opening a channel.
/// </summary>
internal sealed class NodeDialer(RabbitMqOptions options, BrokerAddress address, string name, TimeProvider time, ILogger logger)
{
    // The broker's own upper bound for max_message_size. A smaller one would cost the connection when a body exceeds it;
    // the worker refuses large bodies one by one instead.
    private const uint LargestBody = 512 * 1024 * 1024;

    /// <exception cref="BrokerAccessException">The node refuses the login, the virtual host or our certificate, or we refuse its own.</exception>
    public async Task<ConnectionEpoch> DialAsync(NodeAddress node, long number, CancellationToken cancellationToken)
    {
        var tls = address.Tls ? new BrokerTls(node, options.Tls) : null;
        var sockets = new BrokerSockets(tls);
        IConnection? connection = null;
        try
        {
            // Without TLS, as far as the client knows.
            var endpoint = new AmqpTcpEndpoint(node.DialledHost, node.Port, new SslOption(), LargestBody);
            connection = await CreateFactory(sockets).CreateConnectionAsync([endpoint], cancellationToken).MayBeAbandoned().WaitAsync(cancellationToken).ConfigureAwait(false);
            var probe = await connection.CreateChannelAsync(cancellationToken: cancellationToken).MayBeAbandoned().WaitAsync(cancellationToken).ConfigureAwait(false);
            var epoch = new ConnectionEpoch(number, connection, address.At(node), sockets, time, logger);
            _ = probe.DisposeAsync().AsTask().MayBeAbandoned();
            return epoch;
        }
        catch (Exception exception)
        {
            Abort(connection, sockets);
            cancellationToken.ThrowIfCancellationRequested();
            throw AccessFaults.Find(exception, address.At(node), tls?.Server) ?? exception;
        }
    }

    private ConnectionFactory CreateFactory(BrokerSockets sockets) => new()
    {
        Uri = options.Uri,
        ClientProvidedName = name,
        AuthMechanisms = options.Tls.LoginByCertificate ? [new ExternalMechanismFactory()] : ConnectionFactory.DefaultAuthMechanisms,
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        RequestedHeartbeat = options.Heartbeat,
        RequestedConnectionTimeout = RecoveryTimes.Round,
        HandshakeContinuationTimeout = RecoveryTimes.Round,
        ContinuationTimeout = RecoveryTimes.LongestRpc * 2, // Ours come first.
        ConsumerDispatchConcurrency = 1,
        MaxInboundMessageBodySize = LargestBody,
        SocketFactory = sockets.Create,
    };

    private static void Abort(IConnection? connection, BrokerSockets sockets)
    {
        sockets.Close();
        if (connection is not null)
        {
            _ = Task.Run(async () => await connection.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing), CancellationToken.None);
        }
    }
}
