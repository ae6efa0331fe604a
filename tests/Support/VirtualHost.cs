using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// A virtual host for one test class, so that classes run side by side on one broker. Take it as a class fixture:
/// <c>public sealed class RetryTests(VirtualHost host) : IClassFixture&lt;VirtualHost&gt;</c>. It is deleted when the class is done.
/// <para>Tests that must not see each other's queues within a class can have one each:
/// <c>await using var host = await VirtualHost.CreateAsync(broker);</c></para>
/// <para>Its methods speak raw AMQP over one connection of its own, one channel a call: what another client, in another language,
/// would send and see. Safe from many threads.</para>
/// </summary>
/// <param name="broker">The broker of the run.</param>
public sealed class VirtualHost(BrokerFixture broker) : IAsyncLifetime
{
    private const string ConnectionName = "the test itself";
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private IConnection? _connection;
    private Uri? _amqpUri;
    private bool _brokerIsThere;

    /// <summary>The broker it is on.</summary>
    public BrokerFixture Broker => broker;

    /// <summary>Name of the virtual host: the test class and an id.</summary>
    public string Name { get; } = $"{TestContext.Current.TestClass?.TestClassSimpleName ?? "tests"}-{Guid.CreateVersion7():N}";

    /// <summary>Its AMQP address, with user and password. Skips the test where there is no broker.</summary>
    // Asking the broker for its address is what skips the test; a class fixture itself cannot.
    public Uri AmqpUri => _amqpUri ?? broker.AmqpUri;

    /// <summary>The broker's HTTP API; its methods take <see cref="Name"/>.</summary>
    public ManagementClient Management => broker.Management;

    /// <summary>Creates one more virtual host, for a test that needs its own.</summary>
    /// <param name="broker">The broker of the run.</param>
    public static async Task<VirtualHost> CreateAsync(BrokerFixture broker)
    {
        _ = broker.AmqpUri;
        var host = new VirtualHost(broker);
        await host.InitializeAsync();
        return host;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _brokerIsThere = broker.IsAvailable;
        if (_brokerIsThere)
            _amqpUri = await broker.CreateVirtualHostAsync(Name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_brokerIsThere)
            await broker.DeleteVirtualHostAsync(Name);
        _connecting.Dispose();
    }

    /// <summary>The address of this virtual host through a proxy, to cut or delay the connection to it.</summary>
    /// <param name="proxy">A proxy to the broker, see <see cref="StartProxy"/>.</param>
    public Uri AddressThrough(TcpProxy proxy) => new UriBuilder(AmqpUri) { Host = "127.0.0.1", Port = proxy.Port }.Uri;

    /// <summary>A proxy to the broker that does not listen yet: to a client, the broker is away until <see cref="TcpProxy.Start"/>.</summary>
    public TcpProxy CreateProxy() => new(AmqpUri.Host, AmqpUri.Port < 0 ? 5672 : AmqpUri.Port);

    /// <summary>A proxy to the broker that listens.</summary>
    public TcpProxy StartProxy()
    {
        var proxy = CreateProxy();
        proxy.Start();
        return proxy;
    }

    /// <summary>Creates a user with the given permissions in this virtual host.</summary>
    /// <param name="permissions">What the user may do.</param>
    /// <returns>The AMQP address of this virtual host as that user.</returns>
    public Task<Uri> CreateUserAsync(UserPermissions permissions) => broker.CreateUserAsync(Name, $"user-{Guid.CreateVersion7():N}", permissions);

    /// <summary>Opens a channel with publisher confirms; the caller disposes it.</summary>
    public async Task<IChannel> OpenChannelAsync()
    {
        var connection = await ConnectAsync();
        return await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
    }

    /// <summary>Publishes a message exactly as given, and waits until the broker has confirmed it.</summary>
    /// <param name="exchange">Exchange, or the empty string for the default one.</param>
    /// <param name="routingKey">Routing key, which is the queue's name for the default exchange.</param>
    /// <param name="body">Body.</param>
    /// <param name="properties">Properties and headers; none by default.</param>
    /// <exception cref="PublishException">It could not be routed, or the broker refused it.</exception>
    public async Task PublishAsync(string exchange, string routingKey, ReadOnlyMemory<byte> body, BasicProperties? properties = null)
    {
        await using var channel = await OpenChannelAsync();
        await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties ?? new BasicProperties(), body);
    }

    /// <summary>Takes the first message of a queue for good, or returns null when none is ready.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<ReceivedMessage?> TakeAsync(string queue)
    {
        await using var channel = await OpenChannelAsync();
        return await channel.BasicGetAsync(queue, autoAck: true) is { } result ? ReceivedMessage.From(result) : null;
    }

    /// <summary>Takes the first message of a queue for good, waiting for one to come.</summary>
    /// <param name="queue">Name of the queue, which may be declared later.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public async Task<ReceivedMessage> WaitForMessageAsync(string queue, TimeSpan? within = null) =>
        await Eventually.NotNullAsync(() => UnlessAbsentAsync(() => TakeAsync(queue)), $"a message in queue '{queue}'", within);

    /// <summary>
    /// Looks at the first messages of a queue without taking them. They were handed out all the same: a quorum queue counts that in
    /// <c>x-acquired-count</c> or <c>x-delivery-count</c>.
    /// </summary>
    /// <param name="queue">Name of the queue.</param>
    /// <param name="atMost">How many at most.</param>
    public async Task<IReadOnlyList<ReceivedMessage>> PeekAsync(string queue, int atMost = 100)
    {
        // The channel's end gives back what was not acknowledged, in its old order.
        await using var channel = await OpenChannelAsync();
        var messages = new List<ReceivedMessage>();
        while (messages.Count < atMost && await channel.BasicGetAsync(queue, autoAck: false) is { } result)
            messages.Add(ReceivedMessage.From(result));
        return messages;
    }

    /// <summary>Takes all ready messages of a queue for good, in their order.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<IReadOnlyList<ReceivedMessage>> DrainAsync(string queue)
    {
        await using var channel = await OpenChannelAsync();
        var expected = (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        var messages = new List<ReceivedMessage>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            messages.Add(ReceivedMessage.From(delivery));
            if (messages.Count >= expected)
                done.TrySetResult();
            return Task.CompletedTask;
        };
        if (expected == 0)
            return messages;

        // One get a message would be one round trip a message, too slow for the thousands that some tests publish.
        var tag = await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await channel.BasicCancelAsync(tag);
        return messages;
    }

    /// <summary>Messages that are ready in a queue at this moment, those handed out not counted; null when the queue is not there.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<uint?> CountReadyAsync(string queue) => (await InspectAsync(queue))?.MessageCount;

    /// <summary>Waits until a queue has exactly this many ready messages.</summary>
    /// <param name="queue">Name of the queue, which may be declared later.</param>
    /// <param name="count">Expected number.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public Task WaitForReadyAsync(string queue, uint count, TimeSpan? within = null) =>
        Eventually.EqualAsync<uint?>(count, () => CountReadyAsync(queue), $"the number of ready messages in queue '{queue}'", within);

    /// <summary>Consumers that a queue has at this moment; null when the queue is not there.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<uint?> CountConsumersAsync(string queue) => (await InspectAsync(queue))?.ConsumerCount;

    /// <summary>Deletes all ready messages of a queue.</summary>
    /// <param name="queue">Name of the queue.</param>
    /// <returns>How many there were.</returns>
    public async Task<uint> PurgeAsync(string queue)
    {
        await using var channel = await OpenChannelAsync();
        return await channel.QueuePurgeAsync(queue);
    }

    /// <summary>Deletes a queue with what is in it; its consumers are cancelled by the broker.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task DeleteQueueAsync(string queue)
    {
        await using var channel = await OpenChannelAsync();
        await channel.QueueDeleteAsync(queue);
    }

    /// <summary>Has the broker close the connections to this virtual host, but not this object's own.</summary>
    /// <param name="nameContains">Only those whose client-provided name contains this; all by default.</param>
    /// <returns>How many were closed.</returns>
    public async Task<int> CloseConnectionsAsync(string nameContains = "")
    {
        var closing = (await Management.GetConnectionsAsync(Name))
            .Where(connection => connection.UserProvidedName is var name && name != ConnectionName && (name ?? "").Contains(nameContains, StringComparison.Ordinal))
            .ToList();
        foreach (var connection in closing)
            await Management.CloseConnectionAsync(connection.Name);
        return closing.Count;
    }

    private static async Task<T?> UnlessAbsentAsync<T>(Func<Task<T?>> action)
        where T : class
    {
        try
        {
            return await action();
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode is Constants.NotFound or Constants.InternalError)
        {
            // 541, and the end of the connection: what RabbitMQ 4.0 has to say of a queue that is just being declared or deleted.
            return null;
        }
    }

    private Task<QueueDeclareOk?> InspectAsync(string queue) => UnlessAbsentAsync(async () =>
    {
        await using var channel = await OpenChannelAsync();
        return (QueueDeclareOk?)await channel.QueueDeclarePassiveAsync(queue);
    });

    private async Task<IConnection> ConnectAsync()
    {
        await _connecting.WaitAsync();
        try
        {
            if (_connection is not { IsOpen: true })
                _connection = await new ConnectionFactory { Uri = AmqpUri, ClientProvidedName = ConnectionName }.CreateConnectionAsync();
            return _connection;
        }
        finally
        {
            _connecting.Release();
        }
    }
}
