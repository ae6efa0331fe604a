using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class DescriptionTests
{
    [Fact]
    public void Every_value_is_printed_with_its_origin()
    {
        using var provider = Configured.Provider(
            queue =>
            {
                queue.AddHandler<ShipHandler>().AddHandler<BillHandler>();
                queue.ForTask<Ship>(task => task.Concurrency = 3);
                queue.Worker.Except<Bill>();
            },
            new() { ["TaskQueue:Tasks:ship:Timeout"] = "infinite", ["TaskQueue:Publisher:Window"] = "64" });

        var text = provider.GetRequiredService<TaskQueueDescription>().Describe();

        Assert.Contains("Task type 'ship'", text, StringComparison.Ordinal);
        Assert.Contains("Concurrency = 3 (code)", text, StringComparison.Ordinal);
        Assert.Contains("Prefetch = 12 (default)", text, StringComparison.Ordinal);
        Assert.Contains("Timeout = infinite (configuration)", text, StringComparison.Ordinal);
        Assert.Contains("MaxAge = 7 d (default)", text, StringComparison.Ordinal);
        Assert.Contains("Window = 64 (configuration)", text, StringComparison.Ordinal);
        Assert.Contains("Except = Bill (code)", text, StringComparison.Ordinal);
        Assert.Contains("not consumed here", text, StringComparison.Ordinal);
        Assert.Contains("handler: ShipHandler", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_of_other_projects_are_printed_too()
    {
        using var provider = Configured.Provider(_ => { }, services: services => services.AddSingleton<IDescribedOptions, Other>());

        Assert.Contains("Elsewhere", provider.GetRequiredService<TaskQueueDescription>().Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_is_only_published_is_printed_once_it_was_met()
    {
        using var provider = Configured.Provider(_ => { });
        var description = provider.GetRequiredService<TaskQueueDescription>();
        Assert.DoesNotContain("'ship'", description.Describe(), StringComparison.Ordinal);

        provider.GetRequiredService<TaskModel>().Of(typeof(Ship));

        Assert.Contains("'ship' (TaskQueue.Tests.Handlers.Ship), published only", description.Describe(), StringComparison.Ordinal);
    }

    private sealed class Other : IDescribedOptions
    {
        public string Title => "Elsewhere";

        public IEnumerable<SettingOrigin> Settings => [new("Key", "value", "code")];
    }
}
