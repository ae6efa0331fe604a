using System.Security.Cryptography.X509Certificates;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>
/// TLS to RabbitMQ: whom to trust, and the certificate of this process. <c>rabbit.Tls</c> in <c>UseRabbitMq</c>, or the configuration section
/// <c>TaskQueue:RabbitMq:Tls</c>. TLS itself is switched on by the scheme <c>amqps</c> of <see cref="RabbitMqOptions.Uri"/>; the broker's certificate
/// and its host name are always checked. Files are read at start, where a fault is reported, and again at each connect, so that rotated ones are
/// used from the next connect on.
/// </summary>
public sealed class RabbitMqTlsOptions
{
    private const string Section = "Tls";

    private readonly Setting<string?> _authorityFile = new($"{Section}.{nameof(AuthorityFile)}", null);
    private readonly Setting<string?> _certificateFile = new($"{Section}.{nameof(CertificateFile)}", null);
    private readonly Setting<string?> _keyFile = new($"{Section}.{nameof(KeyFile)}", null);
    private readonly Setting<string?> _certificatePassword = new($"{Section}.{nameof(CertificatePassword)}", null);
    private readonly Setting<X509Certificate2Collection?> _certificates = new($"{Section}.{nameof(Certificates)}", null);
    private readonly Setting<string?> _serverName = new($"{Section}.{nameof(ServerName)}", null);
    private readonly Setting<bool> _checkRevocation = new($"{Section}.{nameof(CheckRevocation)}", false);
    private readonly Setting<bool> _loginByCertificate = new($"{Section}.{nameof(LoginByCertificate)}", false);

    internal RabbitMqTlsOptions()
    {
    }

    /// <summary>A PEM file with the root certificates that may have issued the broker's; they are trusted instead of the machine's. Default: the
    /// machine's.</summary>
    public string? AuthorityFile { get => _authorityFile.Value; set => _authorityFile.SetInCode(value); }

    /// <summary>The certificate of this process, for brokers that ask for one: PEM (the certificate first, then those between it and its root), or PKCS #12
    /// (<c>.pfx</c>, <c>.p12</c>) with its key. Default: none.</summary>
    public string? CertificateFile { get => _certificateFile.Value; set => _certificateFile.SetInCode(value); }

    /// <summary>The PEM file with the private key, where <see cref="CertificateFile"/> is PEM and does not hold it.</summary>
    public string? KeyFile { get => _keyFile.Value; set => _keyFile.SetInCode(value); }

    /// <summary>The password of the private key, or of the PKCS #12 file; shown nowhere. Default: none.</summary>
    public string? CertificatePassword { get => _certificatePassword.Value; set => _certificatePassword.SetInCode(value); }

    /// <summary>The certificate of this process from elsewhere than a file (a store, a vault): the first one with a private key, with those between it
    /// and its root. Read at each connect; in code only. Default: none.</summary>
    public X509Certificate2Collection? Certificates { get => _certificates.Value; set => _certificates.SetInCode(value); }

    /// <summary>The name that the broker's certificate must bear. Default: the host name that is connected to, so each node's own.</summary>
    public string? ServerName { get => _serverName.Value; set => _serverName.SetInCode(value); }

    /// <summary>Whether the issuers are asked if the broker's certificate was revoked; one that cannot be reached counts as a refusal. Default
    /// false.</summary>
    public bool CheckRevocation { get => _checkRevocation.Value; set => _checkRevocation.SetInCode(value); }

    /// <summary>Whether to log in by the certificate (SASL <c>EXTERNAL</c>), as the user whose name the broker reads in it, instead of the user and
    /// password of <see cref="RabbitMqOptions.Uri"/>. The broker needs its plugin <c>rabbitmq_auth_mechanism_ssl</c>. Default false.</summary>
    public bool LoginByCertificate { get => _loginByCertificate.Value; set => _loginByCertificate.SetInCode(value); }

    internal bool HasCertificate => CertificateFile is not null || Certificates is not null;

    internal IEnumerable<SettingOrigin> Origins =>
    [
        _authorityFile.Origin, _certificateFile.Origin, _keyFile.Origin,
        _certificatePassword.Origin with { Value = CertificatePassword is null ? "none" : "set" },
        _certificates.Origin with { Value = Certificates is null ? "none" : "set" },
        _serverName.Origin, _checkRevocation.Origin, _loginByCertificate.Origin,
    ];

    internal bool IsSet => Origins.Any(setting => setting.Origin != SettingText.Default);

    internal void Configure(SectionReader section)
    {
        _authorityFile.Configure(section.Text(nameof(AuthorityFile)));
        _certificateFile.Configure(section.Text(nameof(CertificateFile)));
        _keyFile.Configure(section.Text(nameof(KeyFile)));
        _certificatePassword.Configure(section.Text(nameof(CertificatePassword)));
        _serverName.Configure(section.Text(nameof(ServerName)));
        _checkRevocation.Configure(section.Flag(nameof(CheckRevocation)));
        _loginByCertificate.Configure(section.Flag(nameof(LoginByCertificate)));
        section.ReportUnknown();
    }
}
