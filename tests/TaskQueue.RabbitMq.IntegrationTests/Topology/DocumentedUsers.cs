using System.Text.RegularExpressions;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The least-privilege users as the documentation gives them, read from its <c>rabbitmqctl</c> lines, so that what operators copy is what is tested.</summary>
internal static partial class DocumentedUsers
{
    private static readonly Dictionary<string, UserPermissions> All = SetPermissions()
        .Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "topology.md")))
        .ToDictionary(match => match.Groups["user"].Value, match => new UserPermissions(match.Groups["configure"].Value, match.Groups["write"].Value, match.Groups["read"].Value));

    public static IEnumerable<string> Names => All.Keys;

    public static UserPermissions PermissionsOf(string user) => All[user];

    [GeneratedRegex("^rabbitmqctl set_permissions -p \\S+ (?<user>\\S+) +'(?<configure>[^']+)' +'(?<write>[^']+)' +'(?<read>[^']+)'$", RegexOptions.Multiline)]
    private static partial Regex SetPermissions();
}
