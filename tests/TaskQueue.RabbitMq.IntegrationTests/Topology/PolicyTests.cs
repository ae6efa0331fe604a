using System.Text.Json;
using System.Text.RegularExpressions;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The files of topology/policies, imported as an operator does. The versions that a file is for stand in its name.</summary>
public sealed partial class PolicyTests(BrokerFixture broker)
{
    private static readonly TopologyPlan Plan = new TopologyPlanner(new TopologyNames("tq")).Everything(
        [
            TaskTypes.Create("a"),
            TaskTypes.Create("b", typeof(string), maxLength: 5),
            TaskTypes.Create("c", typeof(int), priorities: PriorityMode.Lanes),
            TaskTypes.Create("delayed.task", typeof(long)),
        ],
        new UserTopology());

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "policies");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_policy_governs_the_queues_that_it_is_for_and_no_delay_queue(string file)
    {
        SkipWithoutBroker();
        Assert.SkipUnless(IsFor(file, broker.ServerVersion), $"'{file}' is not for RabbitMQ {broker.ServerVersion}.");
        await using var host = await CreateHostAsync();
        var policy = JsonDocument.Parse(Read(file)).RootElement.GetProperty("policies")[0];
        var expected = Plan.Queues.Where(queue => IsMeant(file, queue)).Select(queue => queue.Name).Order(StringComparer.Ordinal).ToArray();

        await host.Management.UploadDefinitionsAsync(host.Name, Read(file));

        // The broker goes from queue to queue.
        await Eventually.PassesAsync(async () => Assert.Equal(expected, await GovernedAsync(host, policy.GetProperty("name").GetString()!)));
        var queue = await host.Management.GetJsonAsync($"api/queues/{Uri.EscapeDataString(host.Name)}/{expected[0]}");
        Assert.Equal(SettingsOf(policy.GetProperty("definition")), SettingsOf(queue.GetProperty("effective_policy_definition")));
    }

    [Fact]
    public async Task The_crash_brake_is_refused_by_a_broker_that_does_not_know_it()
    {
        SkipWithoutBroker();
        Assert.SkipWhen(broker.ServerVersion >= new Version(4, 3), "RabbitMQ 4.3 knows it.");
        await using var host = await CreateHostAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => host.Management.UploadDefinitionsAsync(host.Name, Read("work-queues-4.3.json")));

        Assert.Empty((await host.Management.GetJsonAsync($"api/policies/{Uri.EscapeDataString(host.Name)}")).EnumerateArray());
    }

    // Before its version is looked at.
    private void SkipWithoutBroker() => _ = broker.AmqpUri;

    private async Task<VirtualHost> CreateHostAsync()
    {
        var host = await VirtualHost.CreateAsync(broker);
        using var definitions = new MemoryStream();
        DefinitionsFile.Write(definitions, Plan, host.Name);
        await host.Management.UploadDefinitionsAsync(host.Name, System.Text.Encoding.UTF8.GetString(definitions.ToArray()));
        return host;
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    // work-queues.json is for all, work-queues-4.3.json for 4.3 and later, work-queues-4.0-4.2.json for those two and between.
    private static bool IsFor(string file, Version broker)
    {
        var bounds = VersionPattern().Matches(file).Select(match => Version.Parse(match.Value)).ToList();
        var release = new Version(broker.Major, broker.Minor);
        return bounds.Count == 0 || (release >= bounds[0] && (bounds.Count == 1 || release <= bounds[1]));
    }

    /// <summary>By what the queue was declared with: tasks are dead-lettered, and dead letters are kept for good.</summary>
    private static bool IsMeant(string file, QueuePlan queue)
    {
        var holdsTasks = Equals(queue.Arguments.GetValueOrDefault("x-dead-letter-exchange"), "tq.dead");
        return file.Split('-', '.') switch
        {
            ["work", "queues", ..] => holdsTasks,
            ["bounded", "queues", ..] => holdsTasks && queue.Arguments.ContainsKey("x-max-length"),
            ["dead", "letters", ..] => queue.Arguments.SequenceEqual(QueueArguments.KeptForGood()),
            _ => throw new ArgumentOutOfRangeException(nameof(file), file, "A new policy: say here which queues it is for."),
        };
    }

    private static async Task<string[]> GovernedAsync(VirtualHost host, string policy) =>
        [.. (await host.Management.GetQueuesAsync(host.Name)).Where(queue => queue.Policy == policy).Select(queue => queue.Name).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> SettingsOf(JsonElement definition) =>
        definition.EnumerateObject().Select(setting => $"{setting.Name} = {setting.Value}").Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex VersionPattern();
}
