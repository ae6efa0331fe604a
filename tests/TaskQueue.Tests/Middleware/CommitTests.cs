using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.Retry;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using TaskQueue.Tests.Idempotency;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class CommitTests
{
    [Fact]
    public async Task The_transaction_records_the_effect_in_place_of_the_step_around_it()
    {
        await using var bench = Create();
        Transaction? used = null;
        bench.Handler = (_, context, _) => Use(context, used = new(context));

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.Equal((1, IdempotencySettings.DefaultRetention), (used!.Commits, used.Retention));
        Assert.True(used.Token > 0);
        // The claim, and no more.
        Assert.Equal(1, bench.Store.Calls);
    }

    [Fact]
    public async Task Without_a_transaction_the_store_is_told_as_ever()
    {
        await using var bench = Create();

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.IsType<TaskOutcome.Discarded>(await bench.DeliverAsync());
    }

    [Fact]
    public async Task A_task_whose_lease_was_lost_before_the_commit_is_put_off()
    {
        await using var bench = Create();
        bench.Handler = (_, context, _) => Use(context, new(context) { Answer = () => false });

        Assert.Equal(new TaskOutcome.Deferred(IdempotencyBench.Lease), await bench.DeliverAsync());
    }

    [Fact]
    public async Task A_commit_that_fails_is_a_failed_attempt()
    {
        await using var bench = Create();
        bench.Handler = (_, context, _) => Use(context, new(context) { Answer = () => throw new InvalidOperationException("no database") });

        Assert.Equal("no database", Assert.IsType<TaskOutcome.Retry>(await bench.DeliverAsync()).Error?.Message);
    }

    [Fact]
    public async Task What_the_handler_did_not_finish_is_not_committed()
    {
        await using var bench = Create();
        Transaction? used = null;
        bench.Handler = (_, context, _) =>
        {
            used = new(context);
            context.Defer(TimeSpan.FromSeconds(1));
            return Use(context, used);
        };

        Assert.IsType<TaskOutcome.Deferred>(await bench.DeliverAsync());

        Assert.Equal(0, used!.Commits);
    }

    [Fact]
    public async Task Each_try_in_the_process_has_its_own_transaction()
    {
        await using var bench = new PipelineBench(
            s => s with { Idempotency = new(), Resilience = pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 1, Delay = TimeSpan.Zero }) },
            services => services.AddSingleton<AttemptTransactions>());
        var seen = new List<bool>();
        bench.Handler = (_, context, _) =>
        {
            seen.Add(context.Transaction is null);
            Use(context, new(context));
            return seen.Count == 1 ? throw new InvalidOperationException("no") : Task.CompletedTask;
        };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());

        Assert.Equal([true, true], seen);
    }

    [Fact]
    public async Task Where_the_task_is_not_protected_the_effect_is_committed_alone()
    {
        await using var bench = Create(s => s with { Enabled = false });
        Transaction? used = null;
        bench.Handler = (_, context, _) => Use(context, used = new(context));

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.Equal((1, 0), (used!.Commits, used.Token));
    }

    [Fact]
    public async Task While_the_transaction_is_committed_the_lease_is_not_found_lost()
    {
        await using var bench = Create();
        bench.Handler = (_, context, _) => Use(context, new(context) { Answer = () => PassWithoutLease(bench, isCommitted: true) });

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.DoesNotContain(1014, bench.LoggedIds);
    }

    [Fact]
    public async Task After_a_commit_that_failed_it_is()
    {
        await using var bench = Create(resilience: pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 1, Delay = TimeSpan.Zero }));
        bench.Handler = (_, context, _) =>
        {
            if (bench.Runs == 1)
            {
                return Use(context, new(context) { Answer = () => throw new InvalidOperationException("no database") });
            }

            PassWithoutLease(bench, isCommitted: false);
            return Task.CompletedTask;
        };

        await bench.DeliverAsync();

        Assert.Contains(1014, bench.LoggedIds);
    }

    [Fact]
    public async Task The_step_is_between_the_scope_and_the_users_own()
    {
        await using var bench = Create();

        var text = bench.Pipeline.Services.GetRequiredService<ConsumePipeline>().Describe(bench.Pipeline.Type);

        Assert.Matches(@"scope: .*\s+\d+\. commit: .*\s+\d+\. handler:", text);
    }

    private static IdempotencyBench Create(Func<IdempotencySettings, IdempotencySettings>? settings = null, Action<ResiliencePipelineBuilder>? resilience = null) =>
        new(settings, services => services.AddSingleton<AttemptTransactions>(), resilience: resilience);

    // The store renews what it does not know, or knows as done, no more.
    private static bool PassWithoutLease(IdempotencyBench bench, bool isCommitted)
    {
        bench.Store.Forget();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease / 2);
        return isCommitted;
    }

    private static Task Use(TaskContext context, Transaction transaction)
    {
        context.Transaction = transaction;
        return Task.CompletedTask;
    }

    private sealed class Transaction(TaskContext context) : IAttemptTransaction
    {
        public Func<bool> Answer { get; init; } = () => true;

        public int Commits { get; private set; }

        public long Token { get; private set; }

        public TimeSpan Retention { get; private set; }

        public ValueTask<bool> CommitAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
        {
            Assert.Equal(context.TaskId, key.Value);
            (Token, Retention, Commits) = (fencingToken, retention, Commits + 1);
            return new(Answer());
        }
    }
}
