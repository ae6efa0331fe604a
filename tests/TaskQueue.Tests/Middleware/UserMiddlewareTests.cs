using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class UserMiddlewareTests
{
    [Fact]
    public async Task Steps_run_in_their_order_around_the_handler_and_share_its_scope()
    {
        var trail = new List<(string Step, object? Scope)>();
        await using var bench = new PipelineBench(s => s with { Middleware = [typeof(Outer), typeof(PublishOnly), typeof(Inner)] }, services => services
            .AddSingleton(trail).AddScoped<Outer>().AddScoped<Inner>().AddScoped<object>());
        bench.Handler = (_, context, _) =>
        {
            trail.Add(("handler", context.Services.GetRequiredService<object>()));
            return Task.CompletedTask;
        };

        await bench.RunAsync();

        Assert.Equal(["outer", "inner", "handler", "inner ends", "outer ends"], trail.Select(entry => entry.Step));
        Assert.Single(trail.Select(entry => entry.Scope).Distinct());
    }

    [Fact]
    public async Task A_step_may_end_the_delivery_without_the_handler()
    {
        await using var bench = With<Refuses>();

        Assert.Equal(new TaskOutcome.Discarded("tenant is gone"), await bench.RunAsync());
        Assert.Equal(0, bench.Calls.Count);
    }

    [Fact]
    public async Task An_exception_of_a_step_is_a_failed_attempt()
    {
        await using var bench = With<Throws>();

        Assert.Equal("audit is down", Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error!.Message);
    }

    [Fact]
    public async Task A_step_sees_what_the_handler_threw()
    {
        await using var bench = With<Excuses>();
        bench.Handler = async (_, _, _) =>
        {
            await Task.Yield();
            throw new FormatException("bad photo");
        };

        Assert.Equal(new TaskOutcome.Discarded("bad photo"), await bench.RunAsync());
    }

    [Fact]
    public async Task A_step_that_returns_nothing_is_a_failed_attempt()
    {
        await using var bench = With<ReturnsNothing>();

        Assert.IsType<InvalidOperationException>(Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error);
    }

    [Fact]
    public async Task A_step_that_asks_for_an_impossible_delay_is_a_failed_attempt()
    {
        await using var bench = With<WantsThePast>();

        Assert.IsType<ArgumentOutOfRangeException>(Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error);
    }

    // The broker counts no give-back and delivers again at once: only the retry policy ends it.
    [Fact]
    public async Task A_step_that_gives_the_task_back_while_the_worker_runs_is_a_failed_attempt()
    {
        await using var bench = With<GivesBack>();

        var retry = Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync());
        Assert.Contains("TaskOutcome.Deferred", Assert.IsType<InvalidOperationException>(retry.Error).Message, StringComparison.Ordinal);
        Assert.IsType<TaskOutcome.DeadLettered>(await bench.RunAsync(bench.Envelope(attempt: 3)));
    }

    [Fact]
    public async Task A_step_may_give_the_task_back_when_the_worker_stops()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = With<GivesBack>(services => services.AddSingleton(abort));

        Assert.Equal(TaskOutcome.Returned, await bench.RunAsync(abort: abort.Token));
    }

    private static PipelineBench With<TMiddleware>(Action<IServiceCollection>? services = null)
        where TMiddleware : class => new(s => s with { Middleware = [typeof(TMiddleware)] }, collection =>
        {
            services?.Invoke(collection);
            collection.AddScoped<TMiddleware>();
        });

    private abstract class Trail(List<(string Step, object? Scope)> trail, object scope, string name) : IConsumeMiddleware
    {
        public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
        {
            trail.Add((name, scope));
            var outcome = await next(context, cancellationToken);
            trail.Add(($"{name} ends", scope));
            return outcome;
        }
    }

    private sealed class Outer(List<(string Step, object? Scope)> trail, object scope) : Trail(trail, scope, "outer");

    private sealed class Inner(List<(string Step, object? Scope)> trail, object scope) : Trail(trail, scope, "inner");

    private sealed class PublishOnly : IPublishMiddleware
    {
        public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken) => next(context, cancellationToken);
    }

    private sealed class Refuses : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => new(new TaskOutcome.Discarded("tenant is gone"));
    }

    private sealed class Throws : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => throw new InvalidOperationException("audit is down");
    }

    private sealed class Excuses : IConsumeMiddleware
    {
        public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
        {
            try
            {
                return await next(context, cancellationToken);
            }
            catch (FormatException error)
            {
                return new TaskOutcome.Discarded(error.Message);
            }
        }
    }

    private sealed class ReturnsNothing : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => new((TaskOutcome)null!);
    }

    /// <summary>Stops the worker first, where the test gave it the means.</summary>
    private sealed class GivesBack(CancellationTokenSource? abort = null) : IConsumeMiddleware
    {
        public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
        {
            await (abort?.CancelAsync() ?? Task.CompletedTask);
            return TaskOutcome.Returned;
        }
    }

    private sealed class WantsThePast : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => new(new TaskOutcome.Deferred(TimeSpan.FromSeconds(-1)));
    }
}
