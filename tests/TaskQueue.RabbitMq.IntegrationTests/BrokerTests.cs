using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests;

/// <summary>What all other classes here rely on: the broker is real, and the tests' own tools tell the truth about it.</summary>
public sealed class BrokerTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public void The_broker_is_a_real_rabbitmq_of_version_4()
    {
        Assert.StartsWith("amqp", host.AmqpUri.Scheme, StringComparison.Ordinal);
        Assert.Equal(4, host.Broker.ServerVersion.Major);
    }

    [Fact]
    public async Task A_message_comes_back_with_its_headers()
    {
        await DeclareAsync("echo");
        await host.PublishAsync("", "echo", "hello"u8.ToArray(), new BasicProperties { Headers = new Dictionary<string, object?> { ["tq-text"] = "ü", ["tq-number"] = 7L } });

        Assert.Equal("hello", (await host.PeekAsync("echo")).Single().Text);
        var message = await host.WaitForMessageAsync("echo");

        Assert.Equal("hello", Encoding.UTF8.GetString(message.Body));
        Assert.Equal("ü", message.Header("tq-text"));
        Assert.Equal(7L, message.Header("tq-number"));
        await host.WaitForReadyAsync("echo", 0);
    }

    [Fact]
    public async Task The_management_api_shows_arguments_and_bindings()
    {
        await DeclareAsync("shown");
        await using var channel = await host.OpenChannelAsync();
        await channel.ExchangeDeclareAsync("shown-by", "direct", durable: true);
        await channel.QueueBindAsync("shown", "shown-by", "key");

        var queue = await host.Management.FindQueueAsync(host.Name, "shown");

        Assert.Equal("quorum", queue?.Arguments["x-queue-type"].GetString());
        Assert.Contains(await host.Management.GetBindingsAsync(host.Name), binding => binding is { Source: "shown-by", Destination: "shown", RoutingKey: "key" });
        Assert.Null(await host.Management.FindQueueAsync(host.Name, "absent"));
        Assert.Null(await host.CountReadyAsync("absent"));
    }

    [Fact]
    public async Task A_user_without_the_permission_to_declare_is_refused()
    {
        var address = await host.CreateUserAsync(UserPermissions.WithoutDeclaring);
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();

        var refusal = await Assert.ThrowsAsync<OperationInterruptedException>(() => channel.QueueDeclareAsync("not-mine"));

        Assert.Equal((ushort?)Constants.AccessRefused, refusal.ShutdownReason?.ReplyCode);
    }

    [Fact]
    public async Task The_proxy_refuses_until_it_starts_and_breaks_what_it_cuts()
    {
        using var proxy = host.CreateProxy();
        var factory = new ConnectionFactory { Uri = host.AddressThrough(proxy), AutomaticRecoveryEnabled = false };
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => factory.CreateConnectionAsync());

        proxy.Start();
        await using var connection = await factory.CreateConnectionAsync();
        Assert.True(connection.IsOpen);
        proxy.Cut();

        await Eventually.TrueAsync(() => !connection.IsOpen, "the connection to break");
    }

    [Fact]
    public async Task Connections_can_be_closed_by_the_broker()
    {
        await using var connection = await new ConnectionFactory { Uri = host.AmqpUri, ClientProvidedName = "victim", AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

        await Eventually.EqualAsync(1, () => host.CloseConnectionsAsync("victim"), "the number of closed connections");

        await Eventually.TrueAsync(() => !connection.IsOpen, "the connection to be closed");
    }

    [Fact]
    public async Task A_blank_broker_boots_with_definitions()
    {
        var definitions = JsonSerializer.Serialize(new
        {
            vhosts = new[] { new { name = "imported" } },
            queues = new[] { new { name = "from-file", vhost = "imported", durable = true, auto_delete = false, arguments = new Dictionary<string, string> { ["x-queue-type"] = "quorum" } } },
        });

        await using var broker = await host.Broker.StartBlankBrokerAsync(definitions);

        Assert.Equal("quorum", (await broker.Management.FindQueueAsync("imported", "from-file"))?.Type);
        await using var connection = await new ConnectionFactory { Uri = broker.AddressOf("imported") }.CreateConnectionAsync();
        Assert.True(connection.IsOpen);
    }

    private async Task DeclareAsync(string queue)
    {
        await using var channel = await host.OpenChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
    }
}
