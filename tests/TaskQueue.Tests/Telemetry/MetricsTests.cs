using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using TaskQueue.Telemetry;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Telemetry;

public sealed class MetricsTests : IAsyncDisposable
{
    private readonly PipelineBench _bench = new();

    [Fact]
    public async Task A_publication_is_counted_and_timed()
    {
        using var sent = Collect<long>(TelemetryNames.SentMessages);
        using var duration = Collect<double>(TelemetryNames.OperationDuration);

        await _bench.PublishAsync();

        var counted = Assert.Single(sent.GetMeasurementSnapshot());
        Assert.Equal(("rabbitmq", "publish", "tq.tasks", "work"), (counted.Tags["messaging.system"], counted.Tags["messaging.operation.name"], counted.Tags["messaging.destination.name"], counted.Tags["taskqueue.task.type"]));
        Assert.DoesNotContain("error.type", counted.Tags.Keys);
        Assert.Single(duration.GetMeasurementSnapshot());
    }

    [Fact]
    public async Task A_failed_publication_is_counted_with_its_error()
    {
        using var sent = Collect<long>(TelemetryNames.SentMessages);
        _bench.End.Error = new TaskRefusedException("1", "work", "tq.tasks", "work.normal");

        await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync());

        Assert.Equal("TaskQueue.TaskRefusedException", Assert.Single(sent.GetMeasurementSnapshot()).Tags["error.type"]);
    }

    [Fact]
    public async Task A_run_is_counted_timed_and_in_flight_while_it_lasts()
    {
        using var consumed = Collect<long>(TelemetryNames.ConsumedMessages);
        using var duration = Collect<double>(TelemetryNames.ProcessDuration);
        using var inFlight = Collect<long>(TelemetryNames.InFlight);
        var end = new TaskCompletionSource();
        _bench.Handler = (_, _, _) => end.Task;

        var run = _bench.RunAsync();
        Assert.Equal(1, inFlight.GetMeasurementSnapshot().EvaluateAsCounter());
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        end.SetResult();
        await run;

        Assert.Equal(0, inFlight.GetMeasurementSnapshot().EvaluateAsCounter());
        Assert.Single(consumed.GetMeasurementSnapshot());
        Assert.Equal(3, Assert.Single(duration.GetMeasurementSnapshot()).Value);
    }

    [Fact]
    public async Task The_wait_in_the_queue_counts_from_the_publication_or_the_due_time_and_only_for_first_attempts()
    {
        using var wait = Collect<double>(TelemetryNames.QueueWait);
        var now = _bench.Time.GetUtcNow();

        await _bench.RunAsync(_bench.Envelope(enqueuedAt: now.AddSeconds(-5)));
        await _bench.RunAsync(_bench.Envelope(enqueuedAt: now.AddHours(-5), dueAt: now.AddSeconds(-2)));
        await _bench.RunAsync(_bench.Envelope(attempt: 2, enqueuedAt: now.AddSeconds(-5)));

        Assert.Equal([5, 2], wait.GetMeasurementSnapshot().Select(measurement => measurement.Value));
    }

    [Fact]
    public void A_settled_delivery_is_counted_by_outcome_and_a_finished_task_by_its_attempts()
    {
        using var tasks = Collect<long>(TelemetryNames.Tasks);
        using var attempts = Collect<int>(TelemetryNames.Attempts);

        Settle(new TaskOutcome.Retry(TimeSpan.Zero, null), attempt: 1);
        Settle(TaskOutcome.Done, attempt: 2);
        Settle(new TaskOutcome.DeadLettered(DeadLetterReasons.AttemptsExhausted, null), attempt: 5);

        Assert.Equal(["retry", "completed", "dead_lettered"], tasks.GetMeasurementSnapshot().Select(measurement => measurement.Tags["taskqueue.outcome"]));
        Assert.Equal([2, 5], attempts.GetMeasurementSnapshot().Select(measurement => measurement.Value));
    }

    [Fact]
    public void What_strangers_write_never_becomes_a_metric_attribute()
    {
        using var tasks = Collect<long>(TelemetryNames.Tasks);

        Settle(new TaskOutcome.DeadLettered(DeadLetterReasons.UnknownTaskType, null));
        Settle(new TaskOutcome.DeadLettered("photo 4711 is bad", null));
        Metrics.Settled(envelope: null, PipelineBench.Queue, new TaskOutcome.DeadLettered(DeadLetterReasons.MissingTaskId, null));

        Assert.Equal(
            [("_OTHER", "unknown-task-type"), ("work", "_OTHER"), ("_OTHER", "missing-task-id")],
            tasks.GetMeasurementSnapshot().Select(measurement => (measurement.Tags["taskqueue.task.type"], measurement.Tags["taskqueue.reason"])));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private TaskMetrics Metrics => _bench.Services.GetRequiredService<TaskMetrics>();

    private void Settle(TaskOutcome outcome, int attempt = 1) => Metrics.Settled(_bench.Envelope(attempt), PipelineBench.Queue, outcome);

    private MetricCollector<T> Collect<T>(string name)
        where T : struct
    {
        _ = Metrics;
        return new MetricCollector<T>(_bench.Services.GetRequiredService<IMeterFactory>(), TaskQueueTelemetry.MeterName, name);
    }
}
