using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class ScopeTests
{
    [Fact]
    public async Task Scoped_services_are_closed_before_the_outcome_counts()
    {
        await using var bench = new PipelineBench(services: services => services.AddScoped<Unit>());
        Unit? unit = null;
        bench.Handler = (_, context, _) =>
        {
            unit = context.Services.GetRequiredService<Unit>();
            return Task.CompletedTask;
        };

        await bench.RunAsync();

        Assert.True(unit!.Closed);
    }

    [Fact]
    public async Task A_service_that_fails_to_close_has_failed_the_attempt()
    {
        await using var bench = new PipelineBench(services: services => services.AddScoped<Unit>());
        bench.Handler = (_, context, _) =>
        {
            context.Services.GetRequiredService<Unit>().Error = new InvalidOperationException("commit failed");
            return Task.CompletedTask;
        };

        Assert.Equal("commit failed", Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error!.Message);
    }

    [Fact]
    public async Task The_handlers_exception_beats_that_of_closing_the_scope()
    {
        await using var bench = new PipelineBench(services: services => services.AddScoped<Unit>());
        bench.Handler = (_, context, _) =>
        {
            context.Services.GetRequiredService<Unit>().Error = new InvalidOperationException("commit failed");
            throw new FormatException("bad photo");
        };

        Assert.Equal("bad photo", Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error!.Message);
        Assert.Equal(1003, Assert.Single(bench.Logs.GetSnapshot()).Id.Id);
    }

    [Fact]
    public async Task A_handler_that_cannot_be_created_is_a_failed_attempt()
    {
        await using var bench = new PipelineBench(services: services => services.AddScoped<WorkHandler>(_ => throw new InvalidOperationException("no database")));

        Assert.Equal("no database", Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error!.Message);
    }

    [Fact]
    public async Task What_a_handler_publishes_inherits_its_correlation_id()
    {
        await using var bench = new PipelineBench();
        bench.Handler = async (_, _, _) =>
        {
            await Task.Yield();
            await bench.PublishAsync();
            await bench.PublishAsync(new PublishOptions { CorrelationId = "own" });
        };

        await bench.RunAsync(bench.Envelope(correlationId: "order-7"));
        await bench.PublishAsync();

        Assert.Equal(["order-7", "own", null], bench.End.Sent.Select(sent => sent.CorrelationId));
    }

    private sealed class Unit : IAsyncDisposable
    {
        public bool Closed { get; private set; }

        public Exception? Error { get; set; }

        public ValueTask DisposeAsync()
        {
            Closed = true;
            return Error is null ? default : ValueTask.FromException(Error);
        }
    }
}
