using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.Redis;

/// <summary>Applies the section <c>TaskQueue:Redis</c> below what code has set, once, and reports what is wrong with either, with all other faults of the configuration.
/// Never quotes an address: it may hold a password.</summary>
internal sealed partial class RedisOptionsCheck : IConfigurationCheck, IDescribedOptions
{
    private const int LongestPrefix = 20;

    private readonly List<string> _faults = [];

    public RedisOptionsCheck(RedisIdempotencyOptions options, IConfigurationSection? section)
    {
        Options = options;
        if (section?.Exists() == true)
        {
            var reader = new SectionReader(section, _faults);
            options.Configure(reader);
            reader.ReportUnknown();
        }

        CheckConfiguration();
        if (options.Prefix is not { } prefix || !Words().IsMatch(prefix) || Encoding.UTF8.GetByteCount(prefix) > LongestPrefix)
        {
            _faults.Add($"'Redis.Prefix' is '{options.Prefix}'; it has at most {LongestPrefix} bytes and consists of words of letters, digits, '_' and '-', joined by dots.");
        }

        RangeCheck.Check(_faults, "'Redis.Database'", options.Database, 0, int.MaxValue);
    }

    /// <summary>The options with the configuration applied.</summary>
    public RedisIdempotencyOptions Options { get; }

    public string Title => "Redis";

    public IEnumerable<SettingOrigin> Settings => Options.Origins;

    public IEnumerable<string> FindFaults(TaskModel model) => _faults;

    private void CheckConfiguration()
    {
        if (Options.Connect is null && Options.Parsed is not { EndPoints.Count: > 0 })
        {
            _faults.Add("'Redis.Configuration' cannot be read. Write 'host:6379', with further hosts and settings such as 'password=…' and 'ssl=true' after commas, as StackExchange.Redis has them.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\z")]
    private static partial Regex Words();
}
