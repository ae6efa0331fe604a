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
        var authorities = ClientCertificate.LoadAuthorities(options);
        Server = new ServerCertificate(name, isPrivate: authorities is not null);
        _options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            CertificateChainPolicy = PolicyOf(authorities, options.CheckRevocation),
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

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection? authorities, bool checkRevocation)
    {
        var policy = new X509ChainPolicy { RevocationMode = checkRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck };
        if (authorities is not null)
        {
            // Of a private authority the broker shows all that is needed; nothing is fetched from elsewhere while it waits.
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
            policy.DisableCertificateDownloads = true;
        }

        return policy;
    }
}
