using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.Tests.Support;

/// <summary>A certificate authority of a test's own, with the files that clients and brokers read. Dispose it to delete them.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-certificates-").FullName;
    private readonly X509Certificate2 _root;

    /// <summary>Makes a root certificate.</summary>
    /// <param name="name">Its common name.</param>
    public TestAuthority(string name = "TaskQueue tests")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _root = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-30), TimeProvider.System.GetUtcNow().AddDays(30));
        RootPem = _root.ExportCertificatePem();
        RootFile = Write("authority.pem", RootPem);
    }

    /// <summary>The root certificate, PEM.</summary>
    public string RootPem { get; }

    /// <summary>The file that holds it.</summary>
    public string RootFile { get; }

    /// <summary>A path in this authority's folder.</summary>
    /// <param name="name">Name of the file.</param>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Writes a file into this authority's folder.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What it holds.</param>
    /// <returns>Its path.</returns>
    public string Write(string name, string content)
    {
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>Issues a certificate for localhost and 127.0.0.1.</summary>
    public X509Certificate2 IssueForServer()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        return Issue("localhost", ServerAuthentication, names.Build(), TimeSpan.FromDays(-1), TimeSpan.FromDays(1));
    }

    /// <summary>Issues a certificate for a client.</summary>
    /// <param name="name">Its common name.</param>
    /// <param name="expired">Whether its time is over.</param>
    public X509Certificate2 IssueForClient(string name, bool expired = false) =>
        Issue(name, ClientAuthentication, null, TimeSpan.FromDays(-2), TimeSpan.FromDays(expired ? -1 : 1));

    /// <summary>A certificate followed by its private key, PEM.</summary>
    /// <param name="certificate">The certificate.</param>
    public static string ToPem(X509Certificate2 certificate) => $"{certificate.ExportCertificatePem()}\n{KeyOf(certificate)}\n";

    /// <summary>The private key, PEM.</summary>
    /// <param name="certificate">The certificate.</param>
    public static string KeyOf(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private X509Certificate2 Issue(string name, Oid usage, X509Extension? names, TimeSpan from, TimeSpan to)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], critical: false));
        if (names is not null)
            request.CertificateExtensions.Add(names);
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(_root, now + from, now + to, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
