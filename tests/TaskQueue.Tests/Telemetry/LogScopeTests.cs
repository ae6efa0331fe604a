using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Telemetry;

public sealed class LogScopeTests
{
    [Fact]
    public async Task Everything_that_a_handler_logs_carries_the_tasks_id_type_attempt_and_trace()
    {
        using var spans = new RecordedSpans();
        await using var bench = new PipelineBench
        {
            Handler = (_, context, _) =>
            {
                context.Services.GetRequiredService<ILogger<WorkHandler>>().LogInformation("working");
                return Task.CompletedTask;
            },
        };
        var envelope = bench.Envelope(attempt: 2);

        await bench.RunAsync(envelope);

        var scope = Assert.IsAssignableFrom<IReadOnlyList<KeyValuePair<string, object?>>>(Assert.Single(Assert.Single(bench.Logs.GetSnapshot()).Scopes));
        var trace = spans.Of(envelope.TaskId, System.Diagnostics.ActivityKind.Consumer).TraceId.ToHexString();
        Assert.Equal([new("TaskId", envelope.TaskId), new("TaskType", "work"), new("Attempt", 2), new("TraceId", trace)], scope);
        Assert.Contains(trace, scope.ToString(), StringComparison.Ordinal);
    }
}
