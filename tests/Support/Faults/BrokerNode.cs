using System.Text.Json;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;
using RabbitMQ.Client;
using Testcontainers.RabbitMq;

namespace TaskQueue.Tests.Support;

/// <summary>
/// One RabbitMQ server in a container whose addresses stay the same for its whole life, with the levers that break and mend it. Owned by a
/// <see cref="FaultyBroker"/> or a <see cref="BrokerCluster"/>; its methods are called one at a time.
/// </summary>
public sealed class BrokerNode : IAsyncDisposable
{
    internal const string UserAndPassword = "guest";
    private static readonly TimeSpan ReturnDeadline = TimeSpan.FromMinutes(2);
    private readonly RabbitMqContainer _container;

    private BrokerNode(string host, RabbitMqContainer container, int amqpPort, int managementPort)
    {
        Host = host;
        _container = container;
        AmqpUri = new UriBuilder("amqp", container.Hostname, amqpPort) { UserName = UserAndPassword, Password = UserAndPassword }.Uri;
        Management = new ManagementClient(new UriBuilder(Uri.UriSchemeHttp, container.Hostname, managementPort).Uri, UserAndPassword, UserAndPassword);
    }

    /// <summary>Its host name among the other nodes, as <c>tq1</c>.</summary>
    public string Host { get; }

    /// <summary>Its name in the broker, as <c>rabbit@tq1</c>.</summary>
    public string Name => $"rabbit@{Host}";

    /// <summary>Address of the default virtual host, with user and password.</summary>
    public Uri AmqpUri { get; }

    /// <summary>Its HTTP API.</summary>
    public ManagementClient Management { get; }

    /// <summary>Starts a container and waits until the broker in it is up.</summary>
    /// <param name="host">Its host name.</param>
    /// <param name="configuration">More lines for its configuration file.</param>
    /// <param name="network">The network that it shares with other nodes, if any.</param>
    internal static async Task<BrokerNode> CreateAsync(string host, string configuration = "", INetwork? network = null)
    {
        var (amqpPort, managementPort) = (FreePorts.Take(), FreePorts.Take());
        var builder = BrokerFixture.NewContainer(UserAndPassword, UserAndPassword)
            .WithHostname(host)
            .WithPortBinding(amqpPort, 5672)
            .WithPortBinding(managementPort, 15672)
            // Nodes of a cluster know each other by it; it protects nothing here.
            .WithEnvironment("RABBITMQ_ERLANG_COOKIE", "taskqueue-tests")
            .WithResourceMapping(System.Text.Encoding.UTF8.GetBytes(configuration), "/etc/rabbitmq/conf.d/92-node.conf", fileMode: BrokerFixture.WorldReadable)
            // Else each fault may leave a few delayed tasks that are three minutes late.
            .WithResourceMapping(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "advanced.config")), "/etc/rabbitmq/advanced.config", fileMode: BrokerFixture.WorldReadable);
        var container = (network is null ? builder : builder.WithNetwork(network).WithNetworkAliases(host)).Build();
        await BrokerFixture.StartAsync(container);
        return new BrokerNode(host, container, amqpPort, managementPort);
    }

    /// <summary>Stops the server, as a shutdown of its machine does: it says goodbye to its clients.</summary>
    public Task StopAsync() => DockerCommand.RunAsync("stop", _container.Id);

    /// <summary>kill -9: nobody is told, nothing is written.</summary>
    public Task KillAsync() => DockerCommand.RunAsync("kill", "--signal", "KILL", _container.Id);

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>; returns when it takes connections.</summary>
    public async Task StartAsync()
    {
        await DockerCommand.RunAsync("start", _container.Id);
        await WaitUntilBackAsync();
    }

    /// <summary>Freezes every process in it: connections stay open and nobody answers.</summary>
    public Task PauseAsync() => DockerCommand.RunAsync("pause", _container.Id);

    /// <summary>Lets it go on after <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync() => DockerCommand.RunAsync("unpause", _container.Id);

    /// <summary><c>rabbitmqctl stop_app</c>: the Erlang node lives, the broker in it does not.</summary>
    public Task StopAppAsync() => RunAsync("rabbitmqctl", "stop_app");

    /// <summary><c>rabbitmqctl start_app</c>; returns when the broker takes connections.</summary>
    public async Task StartAppAsync()
    {
        await RunAsync("rabbitmqctl", "start_app");
        await WaitUntilBackAsync();
    }

    /// <summary>Raises the memory alarm (cluster-wide), which blocks publishers.</summary>
    public async Task RaiseMemoryAlarmAsync()
    {
        await RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", "0.000001");
        await Eventually.TrueAsync(Management.HasAlarmsAsync, "the memory alarm");
    }

    /// <summary>Ends the memory alarm.</summary>
    public async Task EndMemoryAlarmAsync()
    {
        await RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", "0.6");
        await Eventually.TrueAsync(HasNoAlarmAsync, "the end of the memory alarm");
    }

    /// <summary>Raises the disk alarm (cluster-wide), which blocks publishers.</summary>
    public async Task RaiseDiskAlarmAsync()
    {
        await RunAsync("rabbitmqctl", "set_disk_free_limit", "900000000000000");
        await Eventually.TrueAsync(Management.HasAlarmsAsync, "the disk alarm");
    }

    /// <summary>Ends the disk alarm.</summary>
    public async Task EndDiskAlarmAsync()
    {
        await RunAsync("rabbitmqctl", "set_disk_free_limit", "50MB");
        await Eventually.TrueAsync(HasNoAlarmAsync, "the end of the disk alarm");
    }

    /// <summary>Runs a command of the broker's own tools in the container.</summary>
    /// <param name="command">The command and its arguments, as <c>rabbitmqctl stop_app</c>.</param>
    /// <returns>What it printed.</returns>
    public Task<string> RunAsync(params string[] command) => DockerCommand.RunAsync(["exec", _container.Id, .. command]);

    /// <summary>How many messages each queue holds, unacknowledged ones included: asked of the queues themselves.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <returns>The counts by queue; null for one that does not answer.</returns>
    public async Task<IReadOnlyDictionary<string, int?>> CountMessagesAsync(string virtualHost)
    {
        using var listed = JsonDocument.Parse(await RunAsync("rabbitmqctl", "--quiet", "--formatter", "json", "list_queues", "--vhost", virtualHost, "name", "messages"));
        return listed.RootElement.EnumerateArray().ToDictionary(
            queue => queue.GetProperty("name").GetString()!,
            queue => queue.GetProperty("messages") is { ValueKind: JsonValueKind.Number } count ? count.GetInt32() : default(int?));
    }

    /// <summary>Evaluates Erlang in the broker, for what none of its tools does.</summary>
    /// <param name="expression">The expression, with its full stop.</param>
    public async Task EvaluateAsync(string expression) => await RunAsync("rabbitmqctl", "eval", expression);

    /// <summary>Hands the channels of a queue's consumers an acknowledgement as if their client had sent it: a 406, which closes them.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="queue">Name of the queue.</param>
    public Task BreakConsumersOfAsync(string virtualHost, string queue) => EvaluateAsync($$"""
        [rabbit_channel_common:do(proplists:get_value(channel_pid, Consumer), {'basic.ack', 999999999, false})
          || Consumer <- rabbit_amqqueue:consumers_all(<<"{{virtualHost}}">>),
             element(4, proplists:get_value(queue_name, Consumer)) =:= <<"{{queue}}">>].
        """);

    /// <summary>Kills the process of a quorum queue's member on this node; the broker starts another one.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="queue">Name of the queue.</param>
    public Task KillQueueAsync(string virtualHost, string queue) => EvaluateAsync($$"""
        {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{{virtualHost}}">>, queue, <<"{{queue}}">>)), {Name, _} = amqqueue:get_pid(Queue), exit(whereis(Name), kill).
        """);

    /// <summary>Stops a virtual host, as an error in its stores does: it closes its connections, and takes none.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task StopVirtualHostAsync(string virtualHost) => EvaluateAsync($$"""
        {ok, Supervisor} = rabbit_vhost_sup_sup:get_vhost_sup(<<"{{virtualHost}}">>), exit(Supervisor, kill).
        """);

    /// <summary>Starts it again.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task StartVirtualHostAsync(string virtualHost) => RunAsync("rabbitmqctl", "restart_vhost", "--vhost", virtualHost);

    /// <summary>Makes this node lead every quorum queue of a virtual host.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task LeadAllQueuesAsync(string virtualHost) => EvaluateAsync($$"""
        [rabbit_quorum_queue:transfer_leadership(Queue, '{{Name}}') || Queue <- rabbit_amqqueue:list(<<"{{virtualHost}}">>)].
        """);

    /// <summary>Takes it off its network: the other nodes and all clients lose it without a word.</summary>
    /// <param name="network">Name of the network.</param>
    public Task CutOffAsync(string network) => DockerCommand.RunAsync("network", "disconnect", network, _container.Id);

    /// <summary>Puts it back on its network, under its old name.</summary>
    /// <param name="network">Name of the network.</param>
    public Task PutBackAsync(string network) => DockerCommand.RunAsync("network", "connect", "--alias", Host, network, _container.Id);

    /// <summary>Puts it back on its network if a fault has left it cut off.</summary>
    /// <param name="network">Name of the network.</param>
    public async Task JoinAsync(string network)
    {
        var joined = await DockerCommand.RunAsync("inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", _container.Id);
        if (!joined.Split(' ').Contains(network))
            await PutBackAsync(network);
    }

    /// <summary>Waits until a client can log in: the moment of the broker's return.</summary>
    public Task WaitUntilBackAsync() => Eventually.TrueAsync(AnswersAsync, $"'{Name}' to take connections", ReturnDeadline);

    /// <summary>Makes good whatever fault it is left in. Quick when there is none.</summary>
    public async Task HealAsync()
    {
        switch (await DockerCommand.RunAsync("inspect", "--format", "{{.State.Status}}", _container.Id))
        {
            case "paused":
                await ResumeAsync();
                break;
            case "exited":
                await DockerCommand.RunAsync("start", _container.Id);
                break;
        }

        if (!await AnswersAsync())
        {
            await RunAsync("rabbitmqctl", "await_startup");
            await StartAppAsync();
        }

        if (!await HandsOnDeadLettersAsync())
        {
            await StopAppAsync();
            await StartAppAsync();
        }

        if (await Management.HasAlarmsAsync())
        {
            await RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", "0.6");
            await EndDiskAlarmAsync();
        }
    }

    /// <summary>The last lines of the broker's log, for the message of a test that failed.</summary>
    /// <param name="lines">How many.</param>
    public Task<string> ReadLogAsync(int lines) => DockerCommand.RunAsync("logs", "--tail", $"{lines}", _container.Id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Management.Dispose();
        await _container.DisposeAsync();
    }

    /// <summary>Whether a client can log in now.</summary>
    public async Task<bool> AnswersAsync()
    {
        var factory = new ConnectionFactory
        {
            Uri = AmqpUri,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(2),
            HandshakeContinuationTimeout = TimeSpan.FromSeconds(2),
            ContinuationTimeout = TimeSpan.FromSeconds(2),
        };
        try
        {
            await using var connection = await factory.CreateConnectionAsync("is it back?");
            await using var channel = await connection.CreateChannelAsync();
            return true;
        }
        catch (Exception exception) when (exception is RabbitMQ.Client.Exceptions.RabbitMQClientException or OperationCanceledException or TimeoutException or IOException)
        {
            return false;
        }
    }

    // rabbitmq-server#16652: a virtual host that is deleted may take along what dead-letters for all others, as docs/operations.md tells.
    private async Task<bool> HandsOnDeadLettersAsync() => (await RunAsync("rabbitmqctl", "eval", "is_pid(whereis(rabbit_fifo_dlx_sup)).")).Trim() == "true";

    private async Task<bool> HasNoAlarmAsync() => !await Management.HasAlarmsAsync();
}
