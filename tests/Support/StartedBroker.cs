using System.Text.Json;
using System.Text.Json.Nodes;
using Testcontainers.RabbitMq;

namespace TaskQueue.Tests.Support;

/// <summary>
/// A broker of its own for one test, blank but for the definitions that it imported while booting. The test that started it
/// disposes it, which removes the container.
/// </summary>
public sealed class StartedBroker : IAsyncDisposable
{
    private const string UserAndPassword = "tester";
    private readonly RabbitMqContainer _container;

    private StartedBroker(RabbitMqContainer container)
    {
        _container = container;
        AmqpUri = new Uri(container.GetConnectionString());
        Management = new ManagementClient(BrokerFixture.ManagementAddressOf(container), UserAndPassword, UserAndPassword);
    }

    /// <summary>Address of the default virtual host <c>/</c>, with user and password. The virtual host is there only if the definitions say so.</summary>
    public Uri AmqpUri { get; }

    /// <summary>The HTTP API of this broker.</summary>
    public ManagementClient Management { get; }

    /// <summary>Address of a virtual host of this broker, with user and password.</summary>
    /// <param name="virtualHost">Name of the virtual host, unescaped.</param>
    public Uri AddressOf(string virtualHost) => new UriBuilder(AmqpUri) { Path = Uri.EscapeDataString(virtualHost) }.Uri;

    /// <summary>Runs a command of the broker's own tools inside it, such as <c>rabbitmqctl</c>.</summary>
    /// <param name="command">The command and its arguments.</param>
    public Task RunAsync(params string[] command) => AskAsync(command);

    /// <summary>The same.</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> AskAsync(params string[] command)
    {
        var result = await _container.ExecAsync(command).ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' failed: {result.Stderr}{result.Stdout}");
        return result.Stdout;
    }

    /// <summary>Creates a virtual host in which the tests may do everything.</summary>
    /// <param name="name">Its name.</param>
    public async Task CreateVirtualHostAsync(string name)
    {
        await Management.CreateVirtualHostAsync(name).ConfigureAwait(false);
        await Management.SetPermissionsAsync(name, UserAndPassword, UserPermissions.All).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Management.Dispose();
        await _container.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<StartedBroker> StartAsync(string definitionsJson)
    {
        // A broker that imports definitions creates no default user. A second file, imported after the one under test, adds ours.
        var container = BrokerFixture.NewContainer(UserAndPassword, UserAndPassword)
            .WithResourceMapping(
                "definitions.import_backend = local_filesystem\ndefinitions.local.path = /etc/rabbitmq/definitions.d\n"u8.ToArray(),
                "/etc/rabbitmq/conf.d/91-definitions.conf",
                fileMode: BrokerFixture.WorldReadable)
            .WithResourceMapping(System.Text.Encoding.UTF8.GetBytes(definitionsJson), "/etc/rabbitmq/definitions.d/10-under-test.json", fileMode: BrokerFixture.WorldReadable)
            .WithResourceMapping(AccessFor(definitionsJson), "/etc/rabbitmq/definitions.d/20-access.json", fileMode: BrokerFixture.WorldReadable)
            .Build();
        await BrokerFixture.StartAsync(container).ConfigureAwait(false);
        return new StartedBroker(container);
    }

    private static byte[] AccessFor(string definitionsJson)
    {
        var virtualHosts = JsonNode.Parse(definitionsJson)?["vhosts"]?.AsArray().Select(host => (string?)host?["name"]) ?? [];
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            users = new[] { new { name = UserAndPassword, password = UserAndPassword, tags = "administrator" } },
            permissions = virtualHosts.Select(host => new { user = UserAndPassword, vhost = host, configure = ".*", write = ".*", read = ".*" }),
        });
    }
}
