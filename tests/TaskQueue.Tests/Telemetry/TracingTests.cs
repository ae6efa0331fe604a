using System.Diagnostics;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Telemetry;

public sealed class TracingTests : IDisposable
{
    private const string Publication = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly RecordedSpans _spans = new();

    [Fact]
    public async Task A_publication_is_a_producer_span_whose_context_travels_with_the_task()
    {
        await using var bench = new PipelineBench();

        var receipt = await bench.PublishAsync(new PublishOptions { CorrelationId = "order" });

        var span = _spans.Of(receipt.TaskId, ActivityKind.Producer);
        Assert.Equal("publish work", span.DisplayName);
        Assert.Equal(span.Id, bench.End.Sent[0].Envelope.TraceParent);
        Assert.Equal(
            ("rabbitmq", "publish", "send", "tq.tasks", "work.normal", "work", "order"),
            (Tag(span, "messaging.system"), Tag(span, "messaging.operation.name"), Tag(span, "messaging.operation.type"), Tag(span, "messaging.destination.name"), Tag(span, "messaging.rabbitmq.destination.routing_key"), Tag(span, "taskqueue.task.type"), Tag(span, "messaging.message.conversation_id")));
    }

    [Fact]
    public async Task A_failed_publication_is_a_failed_span()
    {
        await using var bench = new PipelineBench();
        bench.End.Error = new TaskRefusedException("1", "work", "tq.tasks", "work.normal");
        var options = new PublishOptions { TaskId = Guid.CreateVersion7().ToString() };

        await Assert.ThrowsAsync<TaskRefusedException>(async () => await bench.PublishAsync(options));

        var span = _spans.Of(options.TaskId, ActivityKind.Producer);
        Assert.Equal((ActivityStatusCode.Error, "TaskQueue.TaskRefusedException"), (span.Status, Tag(span, "error.type")));
    }

    [Fact]
    public async Task A_first_attempt_is_a_child_of_its_publication()
    {
        await using var bench = new PipelineBench();
        var envelope = bench.Envelope(traceParent: Publication);

        await bench.RunAsync(envelope);

        var span = _spans.Of(envelope.TaskId, ActivityKind.Consumer);
        Assert.Equal("process work", span.DisplayName);
        Assert.Equal(Publication[36..52], span.ParentSpanId.ToHexString());
        Assert.Empty(span.Links);
        Assert.Equal(
            ("process", "process", "tq.work", 1, "completed"),
            (Tag(span, "messaging.operation.name"), Tag(span, "messaging.operation.type"), Tag(span, "messaging.destination.name"), Tag(span, "taskqueue.attempt"), Tag(span, "taskqueue.outcome")));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public async Task A_later_attempt_and_a_scheduled_task_are_new_traces_with_a_link(int attempt, bool scheduled)
    {
        await using var bench = new PipelineBench();
        var envelope = bench.Envelope(attempt, dueAt: scheduled ? bench.Time.GetUtcNow() : null, traceParent: Publication);
        using var ambient = new Activity("ambient").Start();

        await bench.RunAsync(envelope);

        var span = _spans.Of(envelope.TaskId, ActivityKind.Consumer);
        Assert.Equal(default, span.ParentSpanId);
        Assert.Equal(Publication[3..35], Assert.Single(span.Links).Context.TraceId.ToHexString());
        Assert.Same(ambient, Activity.Current);
    }

    [Fact]
    public async Task A_failed_attempt_is_a_failed_span_with_its_exception()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw new FormatException("bad photo") };
        var envelope = bench.Envelope();

        await bench.RunAsync(envelope);

        var span = _spans.Of(envelope.TaskId, ActivityKind.Consumer);
        Assert.Equal((ActivityStatusCode.Error, "bad photo", "System.FormatException", "retry"), (span.Status, span.StatusDescription, Tag(span, "error.type"), Tag(span, "taskqueue.outcome")));
        Assert.Equal("exception", Assert.Single(span.Events).Name);
    }

    [Fact]
    public async Task What_a_handler_publishes_belongs_to_its_trace()
    {
        await using var bench = new PipelineBench();
        bench.Handler = async (_, _, _) => await bench.PublishAsync();
        var envelope = bench.Envelope(traceParent: Publication);

        await bench.RunAsync(envelope);

        Assert.StartsWith(Publication[..35], Assert.Single(bench.End.Sent).Envelope.TraceParent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_traceparent_is_no_reason_to_fail()
    {
        await using var bench = new PipelineBench();
        var envelope = bench.Envelope(traceParent: "00-nonsense");

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(envelope));
        Assert.Equal(default, _spans.Of(envelope.TaskId, ActivityKind.Consumer).ParentSpanId);
    }

    public void Dispose() => _spans.Dispose();

    private static object? Tag(Activity span, string name) => span.GetTagItem(name);
}
