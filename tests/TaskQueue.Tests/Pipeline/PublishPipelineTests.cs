using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace TaskQueue.Tests.Pipeline;

public sealed class PublishPipelineTests
{
    [Fact]
    public async Task A_publication_goes_through_the_users_steps_in_their_order_to_the_broker()
    {
        await using var bench = new PipelineBench(s => s with { Middleware = [typeof(First), typeof(ConsumeOnly), typeof(Second)] }, services => services.AddSingleton<First>().AddSingleton<Second>());

        var receipt = await bench.PublishAsync();

        var sent = Assert.Single(bench.End.Sent);
        Assert.Equal(receipt.TaskId, sent.TaskId);
        Assert.Equal("first, second", sent.Headers["trail"]);
    }

    [Fact]
    public async Task A_class_that_is_both_kinds_of_middleware_serves_both_pipelines()
    {
        await using var bench = new PipelineBench(s => s with { Middleware = [typeof(Both)] }, services => services.AddScoped<Both>());

        await bench.PublishAsync();

        Assert.Equal("both", Assert.Single(bench.End.Sent).Headers["trail"]);
        Assert.Equal(new TaskOutcome.Discarded("both"), await bench.RunAsync());
    }

    [Fact]
    public async Task An_error_of_the_broker_reaches_the_caller_as_it_is()
    {
        await using var bench = new PipelineBench();
        bench.End.Error = new TaskRefusedException("1", PipelineBench.TypeName, "tq.tasks", "work.normal");

        Assert.Same(bench.End.Error, await Assert.ThrowsAsync<TaskRefusedException>(async () => await bench.PublishAsync()));
    }

    private abstract class Trail(string name) : IPublishMiddleware
    {
        public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
        {
            context.SetHeader("trail", context.Headers.TryGetValue("trail", out var before) ? $"{before}, {name}" : name);
            return next(context, cancellationToken);
        }
    }

    private sealed class First() : Trail("first");

    private sealed class Second() : Trail("second");

    private sealed class Both() : Trail("both"), IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => new(new TaskOutcome.Discarded("both"));
    }

    private sealed class ConsumeOnly : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => next(context, cancellationToken);
    }
}
