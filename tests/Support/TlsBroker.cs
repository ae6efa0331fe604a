using System.Text;
using DotNet.Testcontainers.Builders;
using Testcontainers.RabbitMq;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// A broker that speaks TLS, asks every client for a certificate of its own authority, and takes logins by password and by certificate. One a test
/// class: <c>IClassFixture&lt;TlsBroker&gt;</c>. Always needs Docker; where there is none, a test is skipped when it touches <see cref="AmqpsUri"/>.
/// </summary>
public sealed class TlsBroker : IAsyncLifetime
{
    private const int TlsPort = 5671;
    private const string UserAndPassword = "tester";

    private const string Configuration = """
        listeners.ssl.default = 5671
        ssl_options.cacertfile = /etc/rabbitmq/tls/authority.pem
        ssl_options.certfile = /etc/rabbitmq/tls/server.pem
        ssl_options.keyfile = /etc/rabbitmq/tls/server.key
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = true
        auth_mechanisms.1 = PLAIN
        auth_mechanisms.2 = EXTERNAL
        ssl_cert_login_from = common_name

        """;

    private RabbitMqContainer? _container;
    private ManagementClient? _management;
    private string? _skipReason;

    /// <summary>Who has issued the broker's certificate, and issues those of clients.</summary>
    public TestAuthority Authority { get; } = new();

    /// <summary>Its TLS address, with user and password. Skips the test where there is no Docker.</summary>
    public Uri AmqpsUri => new UriBuilder("amqps", Container.Hostname, Container.GetMappedPublicPort(TlsPort)) { UserName = UserAndPassword, Password = UserAndPassword }.Uri;

    /// <summary>Its address without TLS.</summary>
    public Uri AmqpUri => new(Container.GetConnectionString());

    /// <summary>Its HTTP API.</summary>
    public ManagementClient Management => _management ?? throw new InvalidOperationException("The broker was not started.");

    private RabbitMqContainer Container
    {
        get
        {
            if (_skipReason is not null)
                Assert.Skip(_skipReason);
            return _container!;
        }
    }

    /// <summary>Creates a user without a password, who may do everything after a login by certificate, by the commands of docs/operations.md.</summary>
    /// <param name="name">The common name of the certificate.</param>
    public async Task CreateUserAsync(string name)
    {
        await RunAsync("rabbitmqctl", "add_user", name, "removed-at-once");
        await RunAsync("rabbitmqctl", "clear_password", name);
        await RunAsync("rabbitmqctl", "set_permissions", name, ".*", ".*", ".*");
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        using var server = Authority.IssueForServer();
        try
        {
            var container = BrokerFixture.NewContainer(UserAndPassword, UserAndPassword)
                .WithPortBinding(TlsPort, assignRandomHostPort: true)
                .WithResourceMapping(Bytes("[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n"), "/etc/rabbitmq/enabled_plugins", fileMode: BrokerFixture.WorldReadable)
                .WithResourceMapping(Bytes(Configuration), "/etc/rabbitmq/conf.d/95-tls.conf", fileMode: BrokerFixture.WorldReadable)
                .WithResourceMapping(Bytes(Authority.RootPem), "/etc/rabbitmq/tls/authority.pem", fileMode: BrokerFixture.WorldReadable)
                .WithResourceMapping(Bytes(server.ExportCertificatePem()), "/etc/rabbitmq/tls/server.pem", fileMode: BrokerFixture.WorldReadable)
                .WithResourceMapping(Bytes(TestAuthority.KeyOf(server)), "/etc/rabbitmq/tls/server.key", fileMode: BrokerFixture.WorldReadable)
                .Build();
            await BrokerFixture.StartAsync(container);
            _container = container;
            _management = new ManagementClient(BrokerFixture.ManagementAddressOf(container), UserAndPassword, UserAndPassword);
        }
        catch (DockerUnavailableException exception) when (!BrokerFixture.RunsInCi)
        {
            _skipReason = BrokerFixture.ReasonOf(exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Authority.Dispose();
        _management?.Dispose();
        if (_container is not null)
            await _container.DisposeAsync();
    }

    private async Task RunAsync(params string[] command)
    {
        var result = await Container.ExecAsync(command);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' failed: {result.Stderr}{result.Stdout}");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
