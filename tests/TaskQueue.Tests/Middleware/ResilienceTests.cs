using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class ResilienceTests
{
    [Fact]
    public async Task Each_try_has_a_scope_of_its_own_and_they_are_one_attempt()
    {
        var scopes = new List<object>();
        await using var bench = WithRetries(services => services.AddScoped<object>());
        bench.Handler = (_, context, _) =>
        {
            scopes.Add(context.Services.GetRequiredService<object>());
            return scopes.Count < 3 ? throw new InvalidOperationException("flaky") : Task.CompletedTask;
        };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
        Assert.Equal(3, scopes.Distinct().Count());
    }

    [Fact]
    public async Task What_a_failed_try_asked_for_does_not_hold_for_the_next()
    {
        await using var bench = WithRetries();
        bench.Handler = (_, context, _) =>
        {
            if (bench.Calls.Count == 1)
            {
                context.Discard("outdated");
                throw new InvalidOperationException("flaky");
            }

            return Task.CompletedTask;
        };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
    }

    [Fact]
    public async Task A_service_that_fails_to_close_has_failed_its_try()
    {
        await using var bench = WithRetries(services => services.AddScoped<ClosesBadly>());
        bench.Handler = (_, context, _) =>
        {
            context.Services.GetRequiredService<ClosesBadly>().IsBroken = bench.Calls.Count == 1;
            return Task.CompletedTask;
        };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
        Assert.Equal(2, bench.Calls.Count);
    }

    [Fact]
    public async Task When_all_tries_fail_the_attempt_has_failed()
    {
        await using var bench = WithRetries();
        bench.Handler = (_, _, _) => throw new InvalidOperationException("flaky");

        Assert.IsType<InvalidOperationException>(Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error);
        Assert.Equal(4, bench.Calls.Count);
    }

    [Fact]
    public async Task An_open_circuit_is_a_failed_attempt_without_a_run()
    {
        var breaker = new CircuitBreakerManualControl();
        await using var bench = new PipelineBench(s => s with { Resilience = p => p.AddCircuitBreaker(new CircuitBreakerStrategyOptions { ManualControl = breaker }) });
        await bench.RunAsync();
        await breaker.IsolateAsync(TestContext.Current.CancellationToken);

        Assert.IsAssignableFrom<BrokenCircuitException>(Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync()).Error);
        Assert.Equal(1, bench.Calls.Count);
    }

    [Fact]
    public async Task Pollys_timeout_is_an_ordinary_failure_and_uses_the_same_clock()
    {
        await using var bench = new PipelineBench(s => s with { Resilience = p => p.AddTimeout(TimeSpan.FromSeconds(1)) }) { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };

        var run = bench.RunAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.IsType<TimeoutRejectedException>(Assert.IsType<TaskOutcome.Retry>(await run).Error);
    }

    [Fact]
    public async Task A_pipeline_that_Polly_refuses_is_a_fault_that_names_the_task_type()
    {
        await using var good = WithRetries();
        await using var bad = new PipelineBench(s => s with { Resilience = p => p.AddTimeout(TimeSpan.FromSeconds(-1)) });

        Assert.Empty(Faults(good));
        Assert.Contains("'work'", Assert.Single(Faults(bad)), StringComparison.Ordinal);
    }

    private sealed class ClosesBadly : IAsyncDisposable
    {
        public bool IsBroken { get; set; }

        public ValueTask DisposeAsync() => IsBroken ? ValueTask.FromException(new InvalidOperationException("commit failed")) : default;
    }

    private static IEnumerable<string> Faults(PipelineBench bench) =>
        bench.Services.GetServices<IConfigurationCheck>().SelectMany(check => check.FindFaults(bench.Services.GetRequiredService<TaskModel>()));

    private static PipelineBench WithRetries(Action<IServiceCollection>? services = null) =>
        new(s => s with { Resilience = p => p.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 3, Delay = TimeSpan.Zero }) }, services);
}
