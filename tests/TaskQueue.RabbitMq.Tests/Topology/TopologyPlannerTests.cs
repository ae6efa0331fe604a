using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class TopologyPlannerTests
{
    private static readonly TopologyNames Names = new("tq");
    private static readonly string[] NativeTargets = ["tq.a"];
    private static readonly string[] LaneTargets = ["tq.a.critical", "tq.a.high", "tq.a.low", "tq.a.normal"];
    private static readonly string[] BoundedTargets = ["tq.a.bounded"];
    private static readonly string[] DueTargets = ["tq.a.due"];

    [Fact]
    public void A_task_type_has_one_queue_bound_with_all_four_keys_and_a_dead_letter_queue()
    {
        var plan = Plan(TaskTypes.Create("a"));

        Assert.Equal(NativeTargets, Targets(plan, Names.TasksExchange));
        Assert.Equal(NativeTargets, Targets(plan, Names.DeliverExchange));
        Assert.Contains(new BindingPlan("tq.dead", "tq.a.dead", ToExchange: false, "tq.a"), plan.Bindings);
        Assert.Contains(new BindingPlan("tq.tasks", "tq.tasks.probe", ToExchange: false, "a.probe"), plan.Bindings);
        Assert.Equal(4, plan.Bindings.Count(binding => binding is { Source: "tq.tasks", Destination: "tq.a" }));
    }

    [Fact]
    public void Queues_of_other_names_than_the_conventional_one_say_so_before_they_are_bound()
    {
        var elsewhere = new BindingPlan("tq.tasks", "tq.tasks.probe", ToExchange: false, "a.elsewhere");
        TaskTypeModel[] types = [TaskTypes.Create("a", priorities: PriorityMode.Lanes), TaskTypes.Create("a", maxLength: 5), TaskTypes.Create("a", queue: "other")];

        Assert.All(types, type => Assert.Equal(elsewhere, Plan(type).Bindings.First(binding => binding.Source == "tq.tasks")));
        Assert.DoesNotContain(elsewhere, Plan(TaskTypes.Create("a")).Bindings);
    }

    [Fact]
    public void A_work_queue_loses_nothing()
    {
        var expected = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-dead-letter-exchange"] = "tq.dead",
            ["x-dead-letter-routing-key"] = "tq.a",
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
            ["x-delivery-limit"] = 1000L,
        };

        Assert.Equal(expected, new Dictionary<string, object?>(Queue(Plan(TaskTypes.Create("a")), "tq.a")));
    }

    [Fact]
    public void A_dead_letter_queue_has_no_limit_of_any_kind()
    {
        var arguments = Queue(Plan(TaskTypes.Create("a")), "tq.a.dead");

        Assert.Equal(-1L, arguments["x-delivery-limit"]);
        Assert.Equal(2, arguments.Count);
    }

    [Fact]
    public void Lanes_take_one_key_each_and_share_the_dead_letter_queue()
    {
        var plan = Plan(TaskTypes.Create("a", priorities: PriorityMode.Lanes));

        Assert.Equal(LaneTargets, Targets(plan, Names.TasksExchange));
        Assert.Equal(LaneTargets, Targets(plan, Names.DeliverExchange));
        Assert.Contains(new BindingPlan("tq.tasks", "tq.a.high", ToExchange: false, "a.high"), plan.Bindings);
        Assert.Equal("tq.a", Queue(plan, "tq.a.low")["x-dead-letter-routing-key"]);
        Assert.Single(plan.Queues, queue => queue.Name.EndsWith(".dead", StringComparison.Ordinal));
    }

    [Fact]
    public void A_length_limit_holds_for_fresh_tasks_and_never_for_delayed_ones()
    {
        var plan = Plan(TaskTypes.Create("a", maxLength: 10));

        Assert.Equal(BoundedTargets, Targets(plan, Names.TasksExchange));
        Assert.Equal(DueTargets, Targets(plan, Names.DeliverExchange));
        Assert.Equal(10L, Queue(plan, "tq.a.bounded")["x-max-length"]);
        Assert.DoesNotContain("x-max-length", Queue(plan, "tq.a.due").Keys);
    }

    [Fact]
    public void A_queue_that_the_user_named_keeps_its_name_with_a_length_limit() =>
        Assert.Equal(["mine"], Targets(Plan(TaskTypes.Create("a", queue: "mine", maxLength: 10)), Names.TasksExchange));

    [Fact]
    public void The_fallback_at_the_delay_lines_end_has_the_same_bindings_and_comes_first()
    {
        var plan = Plan(TaskTypes.Create("a"), TaskTypes.Create("b", priorities: PriorityMode.Lanes));
        foreach (var binding in plan.Bindings.Where(binding => binding.Source == Names.DeliverExchange))
        {
            var twin = binding with { Source = Names.FallbackExchange };
            Assert.InRange(plan.Bindings.ToList().IndexOf(twin), 0, plan.Bindings.ToList().IndexOf(binding) - 1);
        }

        Assert.Equal("tq.delay.fallback", plan.Exchanges.Single(exchange => exchange.Name == Names.DeliverExchange).Arguments["alternate-exchange"]);
        Assert.Equal("tq.unroutable", plan.Exchanges.Single(exchange => exchange.Name == Names.FallbackExchange).Arguments["alternate-exchange"]);
    }

    [Fact]
    public void The_task_exchange_has_no_alternate_so_that_mandatory_returns_what_has_no_queue() =>
        Assert.Empty(Plan().Exchanges.Single(exchange => exchange.Name == Names.TasksExchange).Arguments);

    [Fact]
    public void Who_declares_queues_of_other_names_than_the_conventional_ones_says_so_and_nobody_else()
    {
        Assert.Contains(Plan(TaskTypes.Create("a", priorities: PriorityMode.Lanes)).Exchanges, exchange => exchange.Name == Names.ElsewhereExchange);
        Assert.Contains(Plan(TaskTypes.Create("a", maxLength: 5)).Exchanges, exchange => exchange.Name == Names.ElsewhereExchange);
        Assert.Contains(Plan(TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), queue: "mine")).Exchanges, exchange => exchange.Name == Names.ElsewhereExchange);
        Assert.DoesNotContain(Plan(TaskTypes.Create("a", formerQueues: ["mine"])).Exchanges, exchange => exchange.Name == Names.ElsewhereExchange);
    }

    [Fact]
    public void Task_types_with_one_queue_share_it()
    {
        var plan = Plan(TaskTypes.Create("a", queue: "shared"), TaskTypes.Create("b", queue: "shared"));

        Assert.Single(plan.Queues, queue => queue.Name == "shared");
        Assert.Equal(8, plan.Bindings.Count(binding => binding is { Source: "tq.tasks", Destination: "shared" }));
        Assert.Single(plan.Bindings, binding => binding.Source == "tq.dead");
    }

    [Fact]
    public void What_a_publisher_declares_by_name_is_what_a_worker_without_settings_declares()
    {
        var byName = new TopologyPlanner(Names).ForUnknown("a");
        var bySettings = Plan(TaskTypes.Create("a"));

        Assert.Equal(bySettings.Queues.Select(queue => queue.Name), byName.Queues.Select(queue => queue.Name));
        Assert.All(byName.Queues, queue => Assert.Equal(Queue(bySettings, queue.Name), queue.Arguments));
        Assert.Equal(bySettings.Bindings, byName.Bindings);
    }

    [Fact]
    public void A_users_own_entities_are_planned_after_ours_as_quorum_queues()
    {
        var user = new UserTopology()
            .AddExchange("audit", "fanout")
            .AddQueue("audit-log")
            .AddQueue("audit-stream", new Dictionary<string, object?> { ["x-queue-type"] = "stream" })
            .BindQueue("audit-log", "audit", "")
            .BindExchange("audit", "tq.tasks", "a.normal");
        var plan = new TopologyPlanner(Names).For([TaskTypes.Create("a")], user);

        Assert.Equal("quorum", Queue(plan, "audit-log")["x-queue-type"]);
        Assert.Equal("stream", Queue(plan, "audit-stream")["x-queue-type"]);
        Assert.Equal(new BindingPlan("tq.tasks", "audit", ToExchange: true, "a.normal"), plan.Bindings[^1]);
    }

    [Fact]
    public void Each_work_queue_has_one_suspect_queue_with_the_same_arguments_but_no_limit_of_which_the_probe_tells()
    {
        TaskTypeModel[] types = [TaskTypes.Create("a", maxLength: 5), TaskTypes.Create("b", typeof(string), priorities: PriorityMode.Lanes)];
        var suspects = new TopologyPlanner(Names).SuspectsOf(types);

        Assert.Equal(["tq.a.suspect", "tq.b.suspect"], suspects.Queues.Select(queue => queue.Name));
        Assert.Equal(Queue(Plan(TaskTypes.Create("a")), "tq.a"), Queue(suspects, "tq.a.suspect"));
        Assert.Equal(suspects.Queues.Select(queue => new BindingPlan("tq.tasks", "tq.tasks.probe", ToExchange: false, queue.Name)), suspects.Bindings);
        Assert.DoesNotContain(Plan(types).Queues, queue => queue.Name.EndsWith(".suspect", StringComparison.Ordinal));
        Assert.Contains(new TopologyPlanner(Names).Everything(types, new UserTopology()).Queues, queue => queue.Name == "tq.b.suspect");
    }

    [Fact]
    public void Everything_ends_with_the_delay_line_and_its_marker()
    {
        var plan = new TopologyPlanner(Names).Everything([TaskTypes.Create("a")], new UserTopology());

        Assert.Equal(Names.DelayMarkerExchange, plan.Exchanges[^1].Name);
        Assert.Equal(84 + 5, plan.Queues.Count);
        Assert.Equal(DelayLinePlan.For(Names).Bindings.Count + 1 + 12 + 1 + 1 + 1, plan.Bindings.Count);
    }

    private static TopologyPlan Plan(params TaskQueue.Pipeline.TaskTypeModel[] types) => new TopologyPlanner(Names).For(types, new UserTopology());

    private static IReadOnlyDictionary<string, object?> Queue(TopologyPlan plan, string name) => plan.Queues.Single(queue => queue.Name == name).Arguments;

    private static IEnumerable<string> Targets(TopologyPlan plan, string exchange) =>
        plan.Bindings.Where(binding => binding.Source == exchange && binding.Destination != Names.ProbeQueue).Select(binding => binding.Destination).Distinct().Order(StringComparer.Ordinal);
}
