using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq;

/// <summary>Applies the section <c>TaskQueue:RabbitMq</c> below what code has set, once, and reports what is wrong with either, with all other
/// faults of the configuration. Never quotes an address: it may hold a password.</summary>
internal sealed partial class RabbitMqOptionsCheck : IConfigurationCheck, IDescribedOptions
{
    private const int LongestPrefix = 20;

    private readonly List<string> _faults = [];

    public RabbitMqOptionsCheck(RabbitMqOptions options, IConfigurationSection? section)
    {
        Options = options;
        if (section?.Exists() == true)
        {
            var reader = new SectionReader(section, _faults);
            options.Configure(reader);
            reader.ReportUnknown();
        }

        CheckUri();
        CheckNodes();
        _faults.AddRange(TlsFaults.Find(options));
        CheckPrefix();
        if (!Enum.IsDefined(options.TopologyMode))
        {
            _faults.Add($"'RabbitMq.TopologyMode' is '{options.TopologyMode}'; choose 'Declare', 'Verify' or 'None'.");
        }

        RangeCheck.Check<TimeSpan>(_faults, "'RabbitMq.Heartbeat'", options.Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        RangeCheck.Check<TimeSpan>(_faults, "'RabbitMq.MaxReconnectDelay'", options.MaxReconnectDelay, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
    }

    /// <summary>The options with the configuration applied.</summary>
    public RabbitMqOptions Options { get; }

    public string Title => "RabbitMQ";

    public IEnumerable<SettingOrigin> Settings => Options.Origins;

    public IEnumerable<string> FindFaults(TaskModel model) => _faults;

    private void CheckUri()
    {
        if (Options.UnreadableUri is { } shown)
        {
            _faults.Add($"'RabbitMq.Uri' is not a valid address: {shown}. Write 'amqp://user:password@host:port/vhost', with characters such as '@', ':', '/' and '#' in the password percent-encoded.");
        }
        else if (BrokerAddress.FindFault(Options.Uri) is { } fault)
        {
            _faults.Add($"'RabbitMq.Uri' is not a valid address: {fault}. Write 'amqp://user:password@host:port/vhost', or 'amqps' for TLS.");
        }
    }

    private void CheckNodes()
    {
        for (var i = 0; i < Options.ClusterNodes.Count; i++)
        {
            if (NodeAddress.FindFault(Options.ClusterNodes[i]) is { } fault)
            {
                _faults.Add($"'RabbitMq.ClusterNodes[{i}]' is not valid: {fault}. Write 'host' or 'host:port'.");
            }
        }
    }

    private void CheckPrefix()
    {
        var prefix = Options.Prefix;
        if (prefix is null || !Words().IsMatch(prefix) || Encoding.UTF8.GetByteCount(prefix) > LongestPrefix)
        {
            _faults.Add($"'RabbitMq.Prefix' is '{prefix}'; it has at most {LongestPrefix} bytes and consists of words of letters, digits, '_' and '-', joined by dots.");
        }
        else if (prefix.Split('.')[0] == "amq")
        {
            _faults.Add($"'RabbitMq.Prefix' is '{prefix}'; names that start with 'amq.' belong to the broker. Choose another prefix.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\z")]
    private static partial Regex Words();
}
