using System.Globalization;
using RabbitMQ.Client;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// A virtual host whose queues and channels a test suspends, so that they answer nobody: as queues whose leader is gone, and channels that wait for one. Mostly on the one
/// broker that all such tests of a run share; nothing here touches another virtual host of it. Its methods are called one at a time.
/// </summary>
/// <param name="broker">The broker.</param>
/// <param name="name">Name of the virtual host, which exists.</param>
public sealed class SuspendableHost(StartedBroker broker, string name)
{
    /// <summary>Name of the virtual host.</summary>
    public string Name => name;

    /// <summary>Its address, with user and password.</summary>
    public Uri AmqpUri => broker.AddressOf(name);

    /// <summary>The HTTP API of its broker.</summary>
    public ManagementClient Management => broker.Management;

    private string ChannelsInErlang => $"[Channel || {{Channel, Facts}} <- ets:tab2list(channel_created), proplists:get_value(vhost, Facts) =:= <<\"{name}\">>, is_process_alive(Channel)]";

    /// <summary>Creates one on the broker that is shared.</summary>
    /// <param name="brokers">The brokers of the run.</param>
    public static async Task<SuspendableHost> CreateAsync(BrokerFixture brokers) => await CreateAsync(await brokers.ShareBlankBrokerAsync());

    /// <summary>Creates one. It goes with its broker: to delete a queue that is suspended would take long.</summary>
    /// <param name="broker">The broker.</param>
    public static async Task<SuspendableHost> CreateAsync(StartedBroker broker)
    {
        var name = $"{TestContext.Current.TestClass?.TestClassSimpleName ?? "tests"}-{Guid.CreateVersion7():N}";
        await broker.CreateVirtualHostAsync(name);
        return new SuspendableHost(broker, name);
    }

    /// <summary>A proxy to the broker that listens.</summary>
    public TcpProxy StartProxy()
    {
        var proxy = new TcpProxy(AmqpUri.Host, AmqpUri.Port);
        proxy.Start();
        return proxy;
    }

    /// <summary>The address of this virtual host through a proxy.</summary>
    /// <param name="proxy">See <see cref="StartProxy"/>.</param>
    public Uri AddressThrough(TcpProxy proxy) => new UriBuilder(AmqpUri) { Host = "127.0.0.1", Port = proxy.Port }.Uri;

    /// <summary>Stops the processes of queues, or of their leaders: what is published to them waits there and is not confirmed.</summary>
    /// <param name="queues">Their names.</param>
    public Task SuspendQueuesAsync(params IEnumerable<string> queues) => EvaluateAsync(Telling(queues, "suspend"));

    /// <summary>Ends <see cref="SuspendQueuesAsync"/>: the queues take what waited.</summary>
    /// <param name="queues">Their names.</param>
    public Task ResumeQueuesAsync(params IEnumerable<string> queues) => EvaluateAsync(Telling(queues, "resume"));

    /// <summary>Stops the broker's side of all channels that are open here: what comes on them is read, and not answered.</summary>
    public Task SuspendChannelsAsync() => EvaluateAsync($"[sys:suspend(Channel) || Channel <- {ChannelsInErlang}].");

    /// <summary>How many channels the broker has open here, those that their client has given up among them.</summary>
    public async Task<int> CountChannelsAsync() => int.Parse(await EvaluateAsync($"length({ChannelsInErlang})."), CultureInfo.InvariantCulture);

    /// <summary>Takes all messages out of a queue.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<IReadOnlyList<ReceivedMessage>> DrainAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var messages = new List<ReceivedMessage>();
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
            messages.Add(ReceivedMessage.From(message));
        return messages;
    }

    /// <summary>The same, for their ids alone.</summary>
    /// <param name="queue">Name of the queue.</param>
    public async Task<IReadOnlyList<string>> DrainIdsAsync(string queue) => [.. (await DrainAsync(queue)).Select(message => message.Properties.MessageId!)];

    private string Telling(IEnumerable<string> queues, string word) => $$"""
        [begin
           {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{{name}}">>, queue, Name)),
           sys:{{word}}(case amqqueue:get_pid(Queue) of {Leader, _} -> Leader; Process -> Process end)
         end || Name <- [{{string.Join(", ", queues.Select(queue => $"<<\"{queue}\">>"))}}]].
        """;

    // In one line, as Testcontainers logs each command.
    private Task<string> EvaluateAsync(string expression) => broker.AskAsync("rabbitmqctl", "eval", expression.ReplaceLineEndings(" "));
}
