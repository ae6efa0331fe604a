using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using TaskQueue.Pipeline;
using TaskQueue.Telemetry;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.OpenTelemetry.Tests;

public sealed class InstrumentationTests : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public InstrumentationTests()
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddTaskQueue(queue =>
        {
            queue.AddHandler<SendReportHandler>();
            queue.ForTask<SendReport>(task => task.Serializer = TaskSerializers.Json);
        });
        services.AddSingleton<IPublishEnd, AcceptingBroker>();
        // The configuration asks for one; the test calls the pipeline itself, to have the envelope.
        services.AddSingleton<ITaskPublisher>(new NoPublisher());
        _services = services.BuildServiceProvider();
    }

    [Fact]
    public async Task Spans_of_publishing_and_of_processing_are_exported_as_one_trace()
    {
        var spans = new List<Activity>();
        using (Sdk.CreateTracerProviderBuilder().AddTaskQueueInstrumentation().AddInMemoryExporter(spans).Build())
        {
            await PublishAndRunAsync();
        }

        Assert.Equal(["publish send-report", "process send-report"], spans.Select(span => span.DisplayName));
        Assert.Equal([ActivityKind.Producer, ActivityKind.Consumer], spans.Select(span => span.Kind));
        Assert.Equal(spans[0].SpanId, spans[1].ParentSpanId);
    }

    [Fact]
    public async Task Every_instrument_is_exported()
    {
        var metrics = new List<MetricSnapshot>();
        using (Sdk.CreateMeterProviderBuilder().AddTaskQueueInstrumentation().AddInMemoryExporter(metrics).Build())
        {
            var envelope = await PublishAndRunAsync();
            _services.GetRequiredService<TaskMetrics>().Settled(envelope, "tq.send-report", TaskOutcome.Done);
        }

        Assert.Equal(
            [
                "messaging.client.consumed.messages", "messaging.client.operation.duration", "messaging.client.sent.messages", "messaging.process.duration",
                "taskqueue.attempts", "taskqueue.in_flight", "taskqueue.queue.wait", "taskqueue.tasks",
            ],
            metrics.Select(metric => metric.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("s", metrics.First(metric => metric.Name == "messaging.process.duration").Unit);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task<TaskEnvelope> PublishAndRunAsync()
    {
        var publication = _services.GetRequiredService<PublishContextFactory>().Create(new SendReport(7), options: null);
        await _services.GetRequiredService<PublishPipeline>().PublishAsync(publication, TestContext.Current.CancellationToken);
        var outcome = await _services.GetRequiredService<TaskExecutor>().ExecuteAsync(publication.Envelope, """{"Number":7}"""u8.ToArray(), "tq.send-report", CancellationToken.None);
        Assert.Equal(TaskOutcome.Done, outcome);
        return publication.Envelope;
    }

    public sealed record SendReport(int Number);

    public sealed class SendReportHandler : ITaskHandler<SendReport>
    {
        public Task HandleAsync(SendReport task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class AcceptingBroker : IPublishEnd
    {
        public ValueTask<PublishReceipt> SendAsync(PublishContext context, CancellationToken cancellationToken) =>
            new(new PublishReceipt(context.TaskId, context.TaskType, "tq.tasks", $"{context.TaskType}.normal"));
    }
}
