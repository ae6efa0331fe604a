using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>Judges the certificate that a node shows in one try to connect, and remembers why it was refused: the client only says that it was.</summary>
/// <param name="name">The name that it must bear.</param>
/// <param name="authorities">The roots that are trusted, or null for the machine's.</param>
/// <param name="revocation">Whether revocation is checked.</param>
internal sealed class ServerCertificate(string name, X509Certificate2Collection? authorities, X509RevocationMode revocation)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Why it was refused, with the cure, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The callback of <see cref="SslStream"/>.</summary>
    public bool Accept(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = shown is X509Certificate2 certificate && chain is not null ? Judge(certificate, chain, errors) : "it shows none; is this a TLS port?";
        return Refusal is null;
    }

    private string? Judge(X509Certificate2 certificate, X509Chain chain, SslPolicyErrors errors)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"it is for {NamesIn(certificate)} and not for '{name}'; connect by a name that it bears, or set 'Tls.ServerName'";
        }

        if (authorities is null)
        {
            return errors == SslPolicyErrors.None ? null : Describe(certificate, chain);
        }

        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.AddRange(authorities);
        ours.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        ours.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        ours.ChainPolicy.RevocationMode = revocation;
        return ours.Build(certificate) ? null : Describe(certificate, ours);
    }

    private string Describe(X509Certificate2 certificate, X509Chain chain)
    {
        var all = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (sum, status) => sum | status.Status);
        if ((all & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            var cure = authorities is null ? "name its authority's PEM file in 'Tls.AuthorityFile'" : "'Tls.AuthorityFile' does not hold the root that issued it";
            return $"its issuer '{certificate.Issuer}' is not trusted; {cure}";
        }

        return all.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? $"it, or one that issued it, is valid at another time only ({certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}); renew it on the broker, or set this machine's clock"
            : $"{string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()))}; replace it on the broker";
    }

    private static string NamesIn(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        IEnumerable<string> all = [.. names?.EnumerateDnsNames() ?? [], .. (names?.EnumerateIPAddresses() ?? []).Select(static (IPAddress address) => address.ToString())];
        return string.Join(", ", all.DefaultIfEmpty(certificate.Subject).Select(one => $"'{one}'"));
    }
}
