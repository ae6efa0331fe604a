using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using RabbitMQ.Client;
using Testcontainers.RabbitMq;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// The one RabbitMQ of a test run. Register it with <c>[assembly: AssemblyFixture(typeof(BrokerFixture))]</c> and take a
/// <see cref="VirtualHost"/> in each test class; few tests need this class itself.
/// <para>It is the broker at <c>TASKQUEUE_RABBITMQ</c> (management at <c>TASKQUEUE_RABBITMQ_MANAGEMENT</c>, by default port 15672 of
/// the same host), else a container of the image <c>TASKQUEUE_RABBITMQ_IMAGE</c> (<c>rabbitmq:4-management</c> by default) that lives as
/// long as the run.</para>
/// <para>Where there is no Docker, a test is skipped with that reason as soon as it touches the broker; in CI (<c>CI=true</c>) the
/// run fails instead, since a test that was silently skipped there would never be run at all.</para>
/// </summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private const string UserAndPassword = "guest";
    private const string DefaultImage = "rabbitmq:4-management";

    // The numbers that the management API shows are otherwise up to 5 s old. What the log has of each connection, channel and queue nobody reads, and there are thousands of them.
    private const string Configuration = """
        collect_statistics_interval = 500
        log.connection.level = error
        log.channel.level = critical
        log.queue.level = error
        log.ra.level = error

        """;

    private RabbitMqContainer? _container;
    private string? _skipReason;
    private Uri? _amqpUri;
    private ManagementClient? _management;
    private readonly Lazy<Task<StartedBroker>> _shared;

    /// <summary>Starts nothing yet.</summary>
    public BrokerFixture() => _shared = new(() => StartBlankBrokerAsync("""{ "vhosts": [ { "name": "/" } ] }"""));

    /// <summary>Whether there is a broker. Everything else here skips the test when there is none.</summary>
    public bool IsAvailable => _skipReason is null;

    /// <summary>Address of the default virtual host <c>/</c>, with user and password.</summary>
    public Uri AmqpUri => Ready(_amqpUri);

    /// <summary>Root address of the management UI and its HTTP API.</summary>
    public Uri ManagementUri => Management.Address;

    /// <summary>The HTTP API, as the administrator that the tests are.</summary>
    public ManagementClient Management => Ready(_management);

    /// <summary>Name of the user that the tests are.</summary>
    public string UserName => Credentials.UserName;

    /// <summary>Password of that user.</summary>
    public string Password => Credentials.Password;

    /// <summary>Version that the server reports, such as 4.3.6.</summary>
    public Version ServerVersion { get; private set; } = new();

    private (string UserName, string Password) Credentials => ManagementClient.CredentialsOf(AmqpUri);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("TASKQUEUE_RABBITMQ") is { Length: > 0 } given)
            UseGiven(new Uri(given));
        else if (!await TryStartContainerAsync().ConfigureAwait(false))
            return;
        ServerVersion = await Management.GetServerVersionAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _management?.Dispose();
        if (_container is not null)
            await _container.DisposeAsync().ConfigureAwait(false);
        if (_shared is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started })
            await (await started.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Creates a virtual host in which <see cref="UserName"/> may do everything.</summary>
    /// <param name="name">Its name; one that is there already is kept.</param>
    /// <returns>The AMQP address of the virtual host, with user and password.</returns>
    public async Task<Uri> CreateVirtualHostAsync(string name)
    {
        await Management.CreateVirtualHostAsync(name).ConfigureAwait(false);
        await Management.SetPermissionsAsync(name, UserName, UserPermissions.All).ConfigureAwait(false);
        return AddressOf(name, UserName, Password);
    }

    /// <summary>Deletes a virtual host with everything in it; connections to it are closed by the broker.</summary>
    /// <param name="name">Its name.</param>
    public Task DeleteVirtualHostAsync(string name) => Management.DeleteVirtualHostAsync(name);

    /// <summary>Creates a user without administrator rights, to test what happens with fewer permissions.</summary>
    /// <param name="virtualHost">The only virtual host that the user may enter.</param>
    /// <param name="name">User name, also used as the password.</param>
    /// <param name="permissions">What the user may do there.</param>
    /// <returns>The AMQP address of the virtual host as that user.</returns>
    public async Task<Uri> CreateUserAsync(string virtualHost, string name, UserPermissions permissions)
    {
        await Management.CreateUserAsync(name, name).ConfigureAwait(false);
        await Management.SetPermissionsAsync(virtualHost, name, permissions).ConfigureAwait(false);
        return AddressOf(virtualHost, name, name);
    }

    /// <summary>The AMQP address of a virtual host for the given user. Nothing is checked.</summary>
    /// <param name="virtualHost">Name of the virtual host, unescaped.</param>
    /// <param name="userName">User name.</param>
    /// <param name="password">Password.</param>
    public Uri AddressOf(string virtualHost, string userName, string password) => new UriBuilder(AmqpUri)
    {
        UserName = Uri.EscapeDataString(userName),
        Password = Uri.EscapeDataString(password),
        Path = Uri.EscapeDataString(virtualHost),
    }.Uri;

    /// <summary>
    /// Starts one more broker, which knows nothing but the given definitions: it imports them while it boots, as a production
    /// broker with <c>definitions.local.path</c> does. Takes about 10 s and always needs Docker.
    /// </summary>
    /// <param name="definitionsJson">A definitions file, which names its virtual hosts. Users and permissions for the tests are added.</param>
    public async Task<StartedBroker> StartBlankBrokerAsync(string definitionsJson)
    {
        _ = AmqpUri;
        try
        {
            return await StartedBroker.StartAsync(definitionsJson).ConfigureAwait(false);
        }
        catch (DockerUnavailableException exception) when (!RunsInCi)
        {
            Assert.Skip(ReasonOf(exception));
            throw;
        }
    }

    /// <summary>
    /// One more broker, for tests that reach into it with the broker's own tools, each in virtual hosts of its own: see <see cref="SuspendableHost"/>. It is started by the first that asks
    /// and ends with the run: nobody disposes it, and what concerns a whole broker (an alarm, a restart) has no place there.
    /// </summary>
    public Task<StartedBroker> ShareBlankBrokerAsync() => _shared.Value;

    /// <summary>The image of every broker that the tests start: <c>TASKQUEUE_RABBITMQ_IMAGE</c>, to run them on another version.</summary>
    public static string Image => Environment.GetEnvironmentVariable("TASKQUEUE_RABBITMQ_IMAGE") is { Length: > 0 } given ? given : DefaultImage;

    internal static RabbitMqBuilder NewContainer(string userName, string password) =>
        new RabbitMqBuilder(Image)
            .WithUsername(userName)
            .WithPassword(password)
            .WithPortBinding(15672, assignRandomHostPort: true)
            .WithResourceMapping(System.Text.Encoding.UTF8.GetBytes(Configuration), "/etc/rabbitmq/conf.d/90-tests.conf", fileMode: WorldReadable)
            // eng/test.sh removes by this label what a killed run left behind.
            .WithLabel(RunLabel.Name, RunLabel.Value);

    internal static (string Name, string Value) RunLabel => ("taskqueue.test-run", Environment.GetEnvironmentVariable("TASKQUEUE_TEST_RUN") ?? "by-hand");

    internal const UnixFileModes WorldReadable = UnixFileModes.UserRead | UnixFileModes.UserWrite | UnixFileModes.GroupRead | UnixFileModes.OtherRead;

    internal static Uri ManagementAddressOf(RabbitMqContainer container) =>
        new UriBuilder(Uri.UriSchemeHttp, container.Hostname, container.GetMappedPublicPort(15672)).Uri;

    // Testcontainers itself waits for an hour.
    internal static async Task StartAsync(RabbitMqContainer container)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await container.StartAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested)
        {
            var (output, errors) = await container.GetLogsAsync(ct: CancellationToken.None).ConfigureAwait(false);
            await container.DisposeAsync().ConfigureAwait(false);
            throw new TimeoutException($"RabbitMQ did not say 'Server startup complete' within two minutes. Its log: {output}{errors}", exception);
        }
    }

    private void UseGiven(Uri address)
    {
        var management = Environment.GetEnvironmentVariable("TASKQUEUE_RABBITMQ_MANAGEMENT") is { Length: > 0 } given
            ? new Uri(given)
            : new UriBuilder(Uri.UriSchemeHttp, address.Host, 15672).Uri;
        Use(address, management);
    }

    private async Task<bool> TryStartContainerAsync()
    {
        try
        {
            _container = NewContainer(UserAndPassword, UserAndPassword).Build();
            await StartAsync(_container).ConfigureAwait(false);
        }
        catch (DockerUnavailableException exception) when (!RunsInCi)
        {
            _skipReason = ReasonOf(exception);
            return false;
        }

        Use(new Uri(_container.GetConnectionString()), ManagementAddressOf(_container));
        return true;
    }

    private void Use(Uri address, Uri management)
    {
        _amqpUri = address;
        var (userName, password) = ManagementClient.CredentialsOf(address);
        _management = new ManagementClient(management, userName, password);
    }

    internal static bool RunsInCi => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    internal static string ReasonOf(DockerUnavailableException exception) =>
        $"This test needs a RabbitMQ. Run eng/test.sh, start Docker, or set TASKQUEUE_RABBITMQ to the address of one. ({exception.Message.Split('\n')[0].Trim()})";

    private T Ready<T>(T? value)
        where T : class
    {
        if (_skipReason is not null)
            Assert.Skip(_skipReason);
        return value ?? throw new InvalidOperationException(
            "The broker was not started. Register it in the test project: [assembly: AssemblyFixture(typeof(BrokerFixture))].");
    }
}
