using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class SteeringTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(42);

    [Fact]
    public async Task RetryAfter_ends_as_a_retry_with_its_delay() =>
        Assert.Equal(new TaskOutcome.Retry(Delay, Error: null), await RunAsync(context => context.RetryAfter(Delay)));

    [Fact]
    public async Task Defer_ends_as_deferred() =>
        Assert.Equal(new TaskOutcome.Deferred(Delay), await RunAsync(context => context.Defer(Delay)));

    [Fact]
    public async Task DeadLetter_ends_as_a_dead_letter_with_the_handlers_reason() =>
        Assert.Equal(new TaskOutcome.DeadLettered("bad photo", Error: null), await RunAsync(context => context.DeadLetter("bad photo")));

    [Fact]
    public async Task Discard_ends_as_discarded() =>
        Assert.Equal(new TaskOutcome.Discarded("outdated"), await RunAsync(context => context.Discard("outdated")));

    [Fact]
    public async Task The_last_call_wins() =>
        Assert.Equal(new TaskOutcome.Discarded("outdated"), await RunAsync(context =>
        {
            context.DeadLetter("bad photo");
            context.RetryAfter(Delay);
            context.Discard("outdated");
        }));

    [Fact]
    public async Task An_exception_beats_every_call()
    {
        var error = new InvalidOperationException("no");

        var outcome = await RunAsync(context =>
        {
            context.Discard("outdated");
            throw error;
        });

        Assert.Equal(new TaskOutcome.Retry(TimeSpan.FromSeconds(10), error), outcome);
    }

    [Fact]
    public async Task RetryAfter_obeys_the_maximum_number_of_attempts() =>
        Assert.Equal(
            new TaskOutcome.DeadLettered(DeadLetterReasons.AttemptsExhausted, Error: null),
            await RunAsync(context => context.RetryAfter(Delay), attempt: 3));

    [Fact]
    public async Task Defer_spends_no_attempt_so_it_works_on_the_last_one() =>
        Assert.Equal(new TaskOutcome.Deferred(Delay), await RunAsync(context => context.Defer(Delay), attempt: 3));

    [Fact]
    public async Task RetryAfter_and_Defer_obey_the_maximum_age()
    {
        var tooOld = new TaskOutcome.DeadLettered(DeadLetterReasons.TooOld, Error: null);

        Assert.Equal(tooOld, await RunAsync(context => context.RetryAfter(Delay), age: TimeSpan.FromDays(8)));
        Assert.Equal(tooOld, await RunAsync(context => context.Defer(Delay), age: TimeSpan.FromDays(8)));
    }

    private static async Task<TaskOutcome> RunAsync(Action<TaskContext> steer, int attempt = 1, TimeSpan age = default)
    {
        await using var bench = new PipelineBench
        {
            Handler = (_, context, _) =>
            {
                steer(context);
                return Task.CompletedTask;
            },
        };
        return await bench.RunAsync(bench.Envelope(attempt, enqueuedAt: bench.Time.GetUtcNow() - age));
    }
}
