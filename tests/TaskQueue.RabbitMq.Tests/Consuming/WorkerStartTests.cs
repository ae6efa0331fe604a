using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class WorkerStartTests
{
    private readonly FakeLogger<WorkerStart> _logger = new();

    [Fact]
    public void Where_only_a_policy_can_lengthen_the_consumer_timeout_a_warning_names_it() =>
        Assert.Contains(
            "work-queues-4.0-4.2.json",
            Assert.Single(Warnings(Deliveries.Group(timeout: TimeSpan.FromHours(2)), new Version(4, 2, 9))),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("4.3.0", 120)]
    [InlineData("4.2.9", 1)]
    public void Where_the_worker_sets_it_or_the_broker_s_own_will_do_there_is_none(string version, int timeoutMinutes) =>
        Assert.Empty(Warnings(Deliveries.Group(timeout: TimeSpan.FromMinutes(timeoutMinutes)), Version.Parse(version)));

    [Fact]
    public void A_consumer_timeout_within_which_a_task_need_not_end_is_warned_of() =>
        Assert.Contains(
            "'ConsumerTimeout'",
            Assert.Single(Warnings(Deliveries.Group(timeout: TimeSpan.FromMinutes(5)) with { ConsumerTimeout = TimeSpan.FromMinutes(4) }, new Version(4, 3))),
            StringComparison.Ordinal);

    private IEnumerable<string> Warnings(QueueGroup group, Version broker)
    {
        new WorkerStart(_logger, TimeProvider.System).Announce([group], maxConcurrency: null, broker);
        return _logger.Collector.GetSnapshot().Where(entry => entry.Level == LogLevel.Warning).Select(entry => entry.Message);
    }
}
