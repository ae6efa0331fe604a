using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using TaskQueue.Telemetry;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxMetricsTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private readonly TestDatabase _database = new();

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task What_is_published_refused_and_pending_is_measured()
    {
        await using var process = await OutboxProcess.StartAsync(_database.ConnectionString, broker.AmqpUri, queue => queue.Publisher.DeclareMissingQueues = false, services => services.AddMetrics());
        var meters = process.Services.GetRequiredService<IMeterFactory>();
        using var refused = new MetricCollector<long>(meters, TelemetryNames.Source, TelemetryNames.OutboxRefused);
        using var published = new MetricCollector<long>(meters, TelemetryNames.Source, TelemetryNames.OutboxPublished);
        using var lag = new MetricCollector<double>(meters, TelemetryNames.Source, TelemetryNames.OutboxLag);
        using var pending = new MetricCollector<long>(meters, TelemetryNames.Source, TelemetryNames.OutboxPending);
        using var oldest = new MetricCollector<double>(meters, TelemetryNames.Source, TelemetryNames.OutboxOldest);
        using var sent = new MetricCollector<long>(meters, TelemetryNames.Source, TelemetryNames.SentMessages);

        await process.PublishAsync(_database.Source, new Ship(1));
        await process.PublishAsync(_database.Source, new Charge(1), new PublishOptions { Delay = TimeSpan.FromDays(1) });

        await Eventually.TrueAsync(() => refused.GetMeasurementSnapshot().Any(measurement => Equals(measurement.Tags[TelemetryNames.TaskType], "ship")), "a refused task");
        await Eventually.TrueAsync(() => Latest(pending) >= 1 && Latest(oldest) > 0, "the backlog");
        await using var worker = await OutboxProcess.StartAsync(_database.ConnectionString, broker.AmqpUri, queue => queue.AddHandler<ShipHandler>().AddHandler<ChargeHandler>().UsePostgreSqlOutbox(outbox => outbox.Relay = false));
        await Eventually.EqualAsync("charge ship", () => Types(published), "published tasks", TimeSpan.FromSeconds(60));
        Assert.Equal(2, lag.GetMeasurementSnapshot().Count);
        Assert.Contains(sent.GetMeasurementSnapshot(), measurement => measurement.Tags.ContainsKey(TelemetryNames.ErrorType));
        await Eventually.EqualAsync(0L, () => Latest(pending), "pending tasks");
    }

    private static long Latest(MetricCollector<long> collector)
    {
        collector.RecordObservableInstruments();
        return collector.LastMeasurement?.Value ?? -1;
    }

    private static double Latest(MetricCollector<double> collector)
    {
        collector.RecordObservableInstruments();
        return collector.LastMeasurement?.Value ?? -1;
    }

    private static string Types(MetricCollector<long> collector) =>
        string.Join(' ', collector.GetMeasurementSnapshot().Select(measurement => measurement.Tags[TelemetryNames.TaskType]).Order());
}
