using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;

namespace TaskQueue.RabbitMq.Tests.Health;

/// <summary>A monitor with a clock of the test's, and what users see of it.</summary>
internal sealed class Monitored : IDisposable
{
    public static readonly Version Version = new(4, 3, 6);

    public Monitored()
    {
        Monitor = new HealthMonitor(new RabbitMqOptions(), Time);
        Health = new TaskQueueHealth(Monitor, Logger);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 3, 0, 0, TimeSpan.Zero));

    public FakeLogger<TaskQueueHealth> Logger { get; } = new();

    public HealthMonitor Monitor { get; }

    public TaskQueueHealth Health { get; }

    public BrokerAlarm Alarm { get; } = new();

    public BrokerAlarm ConsumeAlarm { get; } = new();

    public TaskQueueHealthReport Report => Health.Report;

    public DateTimeOffset Now => Time.GetUtcNow();

    public void ConnectPublish()
    {
        Monitor.Publish.Connecting();
        Monitor.Publish.Connected("rabbit-1:5672", Version, Alarm);
    }

    /// <summary>A worker that consumes its queues.</summary>
    public void Run(params string[] queues)
    {
        Monitor.Worker.Starts(queues);
        Monitor.Consume.Connecting();
        Monitor.Consume.Connected("rabbit-1:5672", Version, ConsumeAlarm);
        foreach (var queue in queues)
        {
            Monitor.Worker.Consumes(queue, epoch: 1);
        }

        Monitor.Worker.Runs();
    }

    public void Dispose() => Monitor.Dispose();
}
