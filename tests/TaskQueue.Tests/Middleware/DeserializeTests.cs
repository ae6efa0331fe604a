using TaskQueue.Pipeline;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class DeserializeTests
{
    [Fact]
    public async Task The_handler_gets_the_task_that_the_body_holds()
    {
        Work? seen = null;
        await using var bench = new PipelineBench
        {
            Handler = (task, context, _) =>
            {
                seen = task;
                Assert.Same(task, context.Payload);
                return Task.CompletedTask;
            },
        };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
        Assert.Equal(new Work("a"), seen);
    }

    [Fact]
    public async Task An_undecodable_body_is_dead_lettered_on_its_first_attempt()
    {
        await using var bench = new PipelineBench();

        var outcome = Assert.IsType<TaskOutcome.DeadLettered>(await bench.RunAsync(body: "not a body"u8.ToArray()));

        Assert.Equal(DeadLetterReasons.UndecodableBody, outcome.Reason);
        Assert.NotNull(outcome.Error);
        Assert.Equal(0, bench.Calls.Count);
    }

    [Fact]
    public async Task An_unknown_content_type_is_dead_lettered()
    {
        await using var bench = new PipelineBench();

        var end = Assert.IsType<TaskOutcome.DeadLettered>(await bench.RunAsync(Envelope("application/pdf")));

        Assert.Equal(DeadLetterReasons.UnknownContentType, end.Reason);
        Assert.Contains("'application/pdf'", end.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_parameters_and_the_case_of_a_content_type_do_not_matter()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(Envelope("Application/X-Test; charset=utf-8")));
    }

    [Fact]
    public async Task Every_worker_reads_json_too()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(Envelope("application/json")));
    }

    private static TaskEnvelope Envelope(string contentType) => new() { TaskId = "1", TaskType = PipelineBench.TypeName, ContentType = contentType };
}
