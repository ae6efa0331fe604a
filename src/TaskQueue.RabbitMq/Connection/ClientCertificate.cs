using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>Reads certificates anew each time, so that rotated files are used at the next connect. What it throws names no password.</summary>
internal static class ClientCertificate
{
    private const string PemBegin = "-----BEGIN ";

    /// <summary>The certificate of this process with the ones between it and its root, or null where none is set.</summary>
    public static SslStreamCertificateContext? Load(RabbitMqTlsOptions options)
    {
        var all = options.CertificateFile is { } file ? LoadFile(file, options.KeyFile, options.CertificatePassword) : options.Certificates;
        if (all is null)
        {
            return null;
        }

        var own = all.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new InvalidDataException("it holds no certificate with a private key");

        // Offline: nothing is fetched from elsewhere to complete the chain.
        return SslStreamCertificateContext.Create(own, [.. all.Where(other => other != own)], offline: true);
    }

    /// <summary>The roots that are trusted instead of the machine's, or null for the machine's.</summary>
    public static X509Certificate2Collection? LoadAuthorities(RabbitMqTlsOptions options)
    {
        if (options.AuthorityFile is not { } file)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(File.ReadAllText(file));
        return authorities.Count > 0 ? authorities : throw new InvalidDataException($"it has no '{PemBegin}CERTIFICATE-----'");
    }

    private static X509Certificate2Collection LoadFile(string file, string? keyFile, string? password)
    {
        if (!File.ReadAllText(file).Contains(PemBegin, StringComparison.Ordinal))
        {
            return X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        }

        var own = password is null ? X509Certificate2.CreateFromPemFile(file, keyFile) : X509Certificate2.CreateFromEncryptedPemFile(file, password, keyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        all[0] = OperatingSystem.IsWindows() ? WithStoredKey(own) : own;
        return all;
    }

    // Schannel takes no keys that live in memory only.
    private static X509Certificate2 WithStoredKey(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
}
