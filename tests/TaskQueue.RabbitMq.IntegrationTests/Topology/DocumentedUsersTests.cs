using System.Text.RegularExpressions;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The documented users may do what their processes need, name by name, and nothing else. <see cref="LeastPrivilegeTests"/> asks the broker.</summary>
public sealed class DocumentedUsersTests
{
    private static readonly TaskTypeModel[] TaskTypesOfAll =
    [
        TaskTypes.Create("a"),
        TaskTypes.Create("b", typeof(string), maxLength: 5),
        TaskTypes.Create("c", typeof(int), priorities: PriorityMode.Lanes),
        TaskTypes.Create("thumbnails.make", typeof(long)),
    ];

    private static readonly TopologyPlan Everything = new TopologyPlanner(new TopologyNames("tq")).Everything(TaskTypesOfAll, new UserTopology());
    private static readonly UserNeeds Publishing = UserNeeds.ForPublishing;
    private static readonly UserNeeds Working = Publishing.And(UserNeeds.ForDelaying).And(UserNeeds.ForSettling).And(UserNeeds.ForConsuming(TaskTypesOfAll));
    private static readonly UserNeeds Declaring = UserNeeds.ForDeclaring(Everything);

    // Matched although nobody needs them, so that the expressions stay short: three hold nothing, and to write to a queue is to bind it.
    private static readonly string[] Harmless = ["tq.delay.v1", "tq.elsewhere", "tq.tasks.probe", .. Everything.Queues.Select(queue => queue.Name).Where(name => name.EndsWith(".suspect", StringComparison.Ordinal))];

    [Fact]
    public void The_page_names_five_users() =>
        Assert.Equal(["publisher", "delaying-publisher", "declaring-publisher", "worker", "declaring-worker"], DocumentedUsers.Names);

    [Fact]
    public void A_publisher_may_publish() => AssertExact("publisher", Publishing);

    [Fact]
    public void A_delaying_publisher_may_delay_too() => AssertExact("delaying-publisher", Publishing.And(UserNeeds.ForDelaying));

    [Fact]
    public void A_declaring_publisher_may_declare_too() => AssertExact("declaring-publisher", Publishing.And(UserNeeds.ForDelaying).And(Declaring));

    [Fact]
    public void A_worker_may_consume_and_settle() => AssertExact("worker", Working);

    [Fact]
    public void A_declaring_worker_may_declare_too() => AssertExact("declaring-worker", Working.And(Declaring));

    private static void AssertExact(string user, UserNeeds needs)
    {
        var permissions = DocumentedUsers.PermissionsOf(user);
        AssertExact(needs.Configure, permissions.Configure);
        AssertExact(needs.Write, permissions.Write);
        AssertExact(needs.Read, permissions.Read);
    }

    private static void AssertExact(IReadOnlySet<string> needed, string expression) =>
        Assert.Equal(needed.Union(Harmless).Order(), Allowed(expression).Union(Harmless).Order());

    /// <summary>Of all names in the virtual host: ours, the broker's own, and another application's.</summary>
    private static IEnumerable<string> Allowed(string expression) =>
        Everything.Exchanges.Select(exchange => exchange.Name)
            .Concat(Everything.Queues.Select(queue => queue.Name))
            .Concat(["amq.default", "amq.direct", "amq.topic", "amq.fanout", "tq", "tqx.tasks", "shop.tasks", "shop.tq.tasks", "audit"])
            .Distinct()
            .Where(name => Regex.IsMatch(name, expression));
}
