using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Health;

public sealed class HealthMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddMetrics().AddTaskQueue(queue => queue.UseRabbitMq()).BuildServiceProvider();

    [Fact]
    public void Connections_consumers_and_failing_copies_are_gauges()
    {
        var monitor = _services.GetRequiredService<HealthMonitor>();
        Assert.Empty(Read("taskqueue.connections"));

        var alarm = new BrokerAlarm();
        monitor.Publish.Connected("rabbit-1:5672", Monitored.Version, alarm);
        monitor.Consume.Lost("End of stream");
        monitor.Worker.Starts(["tq.a", "tq.b"]);
        monitor.Worker.Consumes("tq.b", epoch: 1);
        alarm.Begin("low on memory");
        using var copy = new CopyTrouble(monitor.Settling);
        copy.Failed("Refused");

        Assert.Equal([("consume", 0), ("publish", 1)], Read("taskqueue.connections", "taskqueue.connection"));
        Assert.Equal([("consume", 0), ("publish", 1)], Read("taskqueue.connections.blocked", "taskqueue.connection"));
        Assert.Equal([("tq.a", 0), ("tq.b", 1)], Read("taskqueue.consumers", "messaging.destination.name"));
        Assert.Equal([("", 1)], Read("taskqueue.copies.failing"));
    }

    public void Dispose() => _services.Dispose();

    private List<(string Tag, int Value)> Read(string instrument, string tag = "")
    {
        using var collector = new MetricCollector<int>(_services.GetRequiredService<IMeterFactory>(), "TaskQueue", instrument);
        collector.RecordObservableInstruments();
        return [.. collector.GetMeasurementSnapshot().Select(measured => (measured.Tags.GetValueOrDefault(tag) as string ?? "", measured.Value)).Order()];
    }
}
