using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>Judges the certificate that a node shows in one try to connect, and remembers why it was refused: the client only says that it was.</summary>
/// <param name="name">The name that it must bear.</param>
/// <param name="isPrivate">Whether the roots that are trusted are those of the options, and not the machine's.</param>
internal sealed class ServerCertificate(string name, bool isPrivate)
{
    /// <summary>Why it was refused, with the cure, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The callback of <see cref="SslStream"/>, after it has checked name and chain.</summary>
    public bool Accept(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = errors == SslPolicyErrors.None ? null : Describe(shown as X509Certificate2, chain, errors);
        return Refusal is null;
    }

    private string Describe(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null)
        {
            return "it shows none; is this a TLS port?";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"it is for {NamesIn(certificate)} and not for '{name}'; connect by a name that it bears, or set 'Tls.ServerName'";
        }

        var all = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (sum, status) => sum | status.Status);
        if ((all & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            var cure = isPrivate ? "'Tls.AuthorityFile' does not hold the root that issued it" : "name its authority's PEM file in 'Tls.AuthorityFile'";
            return $"its issuer '{certificate.Issuer}' is not trusted; {cure}";
        }

        return all.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? $"it, or one that issued it, is valid at another time only ({certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}); renew it on the broker, or set this machine's clock"
            : $"{string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()))}; replace it on the broker";
    }

    private static string NamesIn(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        IEnumerable<string> all = [.. names?.EnumerateDnsNames() ?? [], .. names?.EnumerateIPAddresses().Select(address => address.ToString()) ?? []];
        return string.Join(", ", all.DefaultIfEmpty(certificate.Subject).Select(one => $"'{one}'"));
    }
}
