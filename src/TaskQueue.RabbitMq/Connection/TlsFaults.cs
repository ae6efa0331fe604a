using System.Security.Cryptography;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>What is wrong with the settings of TLS, found at start: contradictions, and files that cannot be read or do not fit.</summary>
internal static class TlsFaults
{
    public static IEnumerable<string> Find(RabbitMqOptions options)
    {
        var tls = options.Tls;
        if (tls.IsSet && options.Uri.IsAbsoluteUri && options.Uri.Scheme == "amqp")
        {
            yield return "'RabbitMq.Tls' is set, but 'RabbitMq.Uri' starts with 'amqp://', so that nothing is encrypted; write 'amqps://', or remove the settings of 'Tls'.";
        }

        if (tls is { CertificateFile: not null, Certificates: not null })
        {
            yield return "'RabbitMq.Tls.CertificateFile' and 'RabbitMq.Tls.Certificates' are both set; choose one.";
        }

        if (tls.CertificateFile is null && (tls.KeyFile ?? tls.CertificatePassword) is not null)
        {
            yield return "'RabbitMq.Tls.KeyFile' or 'RabbitMq.Tls.CertificatePassword' is set without 'RabbitMq.Tls.CertificateFile'; name the certificate's file too.";
        }

        if (tls is { LoginByCertificate: true, HasCertificate: false })
        {
            yield return "'RabbitMq.Tls.LoginByCertificate' is 'True' without a certificate; set 'RabbitMq.Tls.CertificateFile' or 'RabbitMq.Tls.Certificates'.";
        }

        if (WhyUnreadable(() => ClientCertificate.LoadAuthorities(tls)) is { } authority)
        {
            yield return $"'RabbitMq.Tls.AuthorityFile' is '{tls.AuthorityFile}', which cannot be used: {authority}. Name a PEM file with root certificates that this process may read.";
        }

        if (WhyUnreadable(() => ClientCertificate.Load(tls)) is { } own)
        {
            yield return $"{NameOfOwn(tls)} cannot be used: {own}. Give a PEM file whose first certificate fits the private key (in it, or in 'KeyFile'), or a PKCS #12 file with its key, which this process may read, and the password if it has one.";
        }
    }

    private static string NameOfOwn(RabbitMqTlsOptions tls) => tls.CertificateFile is null
        ? "'RabbitMq.Tls.Certificates'"
        : $"'RabbitMq.Tls.CertificateFile' is '{tls.CertificateFile}'{(tls.KeyFile is null ? "" : $" with the key '{tls.KeyFile}'")}, which";

    private static string? WhyUnreadable(Func<object?> read)
    {
        try
        {
            _ = read();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            return exception.Message.TrimEnd('.');
        }
    }
}
