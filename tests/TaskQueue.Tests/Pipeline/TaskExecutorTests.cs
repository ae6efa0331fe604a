using System.Diagnostics.Metrics;
using TaskQueue.Pipeline;
using TaskQueue.Telemetry;
using Xunit;

namespace TaskQueue.Tests.Pipeline;

public sealed class TaskExecutorTests
{
    [Fact]
    public async Task An_unknown_task_type_is_dead_lettered()
    {
        await using var bench = new PipelineBench();

        var outcome = await bench.RunAsync(new TaskEnvelope { TaskId = "1", TaskType = "unheard-of", ContentType = "application/x-test" });

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.UnknownTaskType, Error: null), outcome);
    }

    [Fact]
    public async Task A_telemetry_listener_that_throws_is_a_failed_attempt_and_never_escapes()
    {
        await using var bench = new PipelineBench();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) =>
            throw new InvalidOperationException("broken exporter"));
        var metrics = (IMeterFactory)bench.Services.GetService(typeof(IMeterFactory))!;
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == TelemetryNames.ConsumedMessages && instrument.Meter.Scope == metrics)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.Start();

        var outcome = Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync());

        Assert.Equal("broken exporter", outcome.Error!.Message);
        Assert.Equal(1004, Assert.Single(bench.Logs.GetSnapshot()).Id.Id);
    }

    [Fact]
    public async Task Many_deliveries_at_once_keep_apart()
    {
        await using var bench = new PipelineBench
        {
            Handler = async (_, context, _) =>
            {
                await Task.Yield();
                if (context.Attempt % 2 == 0)
                {
                    context.Discard(context.TaskId);
                }
            },
        };
        var envelopes = Enumerable.Range(1, 500).Select(i => bench.Envelope(attempt: 1 + (i % 2))).ToList();

        var outcomes = await Task.WhenAll(envelopes.Select(envelope => bench.RunAsync(envelope)));

        Assert.Equal(envelopes.Select(e => e.Attempt == 2 ? new TaskOutcome.Discarded(e.TaskId) : TaskOutcome.Done), outcomes);
    }
}
