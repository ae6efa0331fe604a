using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>TLS for one try to connect to one node; the certificates' files are read for it. Ours and not the client's, which accepts any host name by
/// itself, and would decode before anybody could look at what it gets.</summary>
internal sealed class BrokerTls
{
    private readonly SslClientAuthenticationOptions _options;

    /// <param name="node">The node.</param>
    /// <param name="options">Whom to trust, and our certificate.</param>
    public BrokerTls(NodeAddress node, RabbitMqTlsOptions options)
    {
        var name = options.ServerName ?? node.DialledHost;
        var revocation = options.CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        Server = new ServerCertificate(name, ClientCertificate.LoadAuthorities(options), revocation);
        _options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            CertificateRevocationCheckMode = revocation,
            ClientCertificateContext = ClientCertificate.Load(options),
            RemoteCertificateValidationCallback = Server.Accept,
        };
    }

    /// <summary>The judge of the node's certificate.</summary>
    public ServerCertificate Server { get; }

    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake failed.</exception>
    public async Task<Stream> EncryptAsync(Stream plain, CancellationToken cancellationToken)
    {
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(_options, cancellationToken).ConfigureAwait(false);
        return tls;
    }
}
