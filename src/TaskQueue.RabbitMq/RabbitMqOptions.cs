using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue;

/// <summary>Where RabbitMQ is and how to use it: <c>queue.UseRabbitMq(rabbit => …)</c>, or the configuration section <c>TaskQueue:RabbitMq</c>. Code
/// beats configuration.</summary>
public sealed class RabbitMqOptions
{
    private readonly Setting<Uri> _uri = new(nameof(Uri), new("amqp://localhost"));
    private readonly Setting<string> _prefix = new(nameof(Prefix), "tq");
    private readonly Setting<TopologyMode> _topologyMode = new(nameof(TopologyMode), TopologyMode.Declare);
    private readonly Setting<TimeSpan> _heartbeat = new(nameof(Heartbeat), TimeSpan.FromSeconds(5));
    private readonly List<string> _clusterNodes = [];
    private readonly Setting<TimeSpan> _maxReconnectDelay = new(nameof(MaxReconnectDelay), TimeSpan.FromSeconds(3));

    private bool _nodesConfigured;

    internal RabbitMqOptions()
    {
    }

    /// <summary>The address, <c>amqp://user:password@host:port/vhost</c> (or <c>amqps</c>). Default <c>amqp://localhost</c>: guest, port 5672,
    /// virtual host <c>/</c>.
    /// It is shown nowhere with its password.</summary>
    public Uri Uri
    {
        get => _uri.Value;
        set
        {
            _uri.SetInCode(value);
            UnreadableUri = null;
        }
    }

    /// <summary>Further nodes of the cluster, as <c>host</c> or <c>host:port</c> (without a port: that of <see cref="Uri"/>). Each connect tries them
    /// and the host of <see cref="Uri"/> in random order until one takes it; user, password and virtual host are those of <see cref="Uri"/>. In
    /// configuration <c>ClusterNodes:0</c>, <c>ClusterNodes:1</c>, … Default: none.</summary>
    public IList<string> ClusterNodes => _clusterNodes;

    /// <summary>TLS: whom to trust, and the certificate of this process. Switched on by the scheme <c>amqps</c> of <see cref="Uri"/>.</summary>
    public RabbitMqTlsOptions Tls { get; } = new();

    /// <summary>The first word of every name on the broker; one namespace a prefix. Words of letters, digits, <c>_</c> and <c>-</c>, joined by dots;
    /// at most 20 bytes. Default <c>tq</c>.</summary>
    public string Prefix { get => _prefix.Value; set => _prefix.SetInCode(value); }

    /// <summary>Whether exchanges, queues and bindings are declared, verified or left alone. Default <see cref="TopologyMode.Declare"/>.</summary>
    public TopologyMode TopologyMode { get => _topologyMode.Value; set => _topologyMode.SetInCode(value); }

    /// <summary>The AMQP heartbeat, in whole seconds: 1 to 60 seconds. When nothing has come for 0.8 of it, the broker is asked, and when nothing comes
    /// for 2 s then, the connection is given up. Default 5 s.</summary>
    public TimeSpan Heartbeat { get => _heartbeat.Value; set => _heartbeat.SetInCode(value); }

    /// <summary>The longest pause between two tries to reconnect: 100 ms to 5 minutes. Default 3 s, with which
    /// everything is published and consumed again within 10 s of the broker's return; more adds to that.</summary>
    public TimeSpan MaxReconnectDelay { get => _maxReconnectDelay.Value; set => _maxReconnectDelay.SetInCode(value); }

    /// <summary>Your own exchanges, queues and bindings, declared and verified with ours.</summary>
    public UserTopology Topology { get; } = new();

    /// <summary>An address that is no URI at all, without what may be its password.</summary>
    internal string? UnreadableUri { get; private set; }

    internal IEnumerable<SettingOrigin> Origins =>
    [
        _uri.Origin with { Value = BrokerAddress.Of(Uri).ToString() }, ClusterNodesOrigin, .. Tls.Origins,
        _prefix.Origin, _topologyMode.Origin, _heartbeat.Origin, _maxReconnectDelay.Origin,
    ];

    // A node with a fault may be a whole address with its password.
    private SettingOrigin ClusterNodesOrigin => new(
        nameof(ClusterNodes),
        SettingText.Of(_clusterNodes.Select(node => NodeAddress.FindFault(node) is null ? node : "(invalid)")),
        _clusterNodes.Count == 0 ? SettingText.Default : _nodesConfigured ? SettingText.Configuration : SettingText.Code);

    internal void SetUri(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            Uri = uri;
        }
        else
        {
            UnreadableUri = BrokerAddress.Redact(text);
        }
    }

    internal void Configure(SectionReader section)
    {
        var inCode = _uri.Origin.Origin == SettingText.Code || UnreadableUri is not null;
        if (section.Text(nameof(Uri)) is { } text && !inCode)
        {
            UnreadableUri = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? null : BrokerAddress.Redact(text);
            _uri.Configure(uri);
        }

        var nodes = section.List(nameof(ClusterNodes));
        if (_clusterNodes.Count == 0)
        {
            _clusterNodes.AddRange(nodes);
            _nodesConfigured = true;
        }

        if (section.Child(nameof(Tls)) is { } tls)
        {
            Tls.Configure(tls);
        }

        _prefix.Configure(section.Text(nameof(Prefix)));
        _topologyMode.Configure(section.Choice<TopologyMode>(nameof(TopologyMode)));
        _heartbeat.Configure(section.Duration(nameof(Heartbeat)));
        _maxReconnectDelay.Configure(section.Duration(nameof(MaxReconnectDelay)));
    }
}
