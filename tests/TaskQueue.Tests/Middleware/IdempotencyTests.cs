using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;
using TaskQueue.Telemetry;
using TaskQueue.Tests.Idempotency;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class IdempotencyTests
{
    [Fact]
    public async Task A_duplicate_of_a_done_task_is_discarded_and_counted()
    {
        await using var bench = new IdempotencyBench();
        using var duplicates = bench.Count(TelemetryNames.Duplicates);

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await bench.DeliverAsync());
        Assert.Equal(1, bench.Runs);
        var counted = Assert.Single(duplicates.GetMeasurementSnapshot());
        Assert.Equal((1, PipelineBench.TypeName), (counted.Value, counted.Tags[TelemetryNames.TaskType]));
    }

    [Fact]
    public async Task A_duplicate_of_a_running_task_is_put_off_until_the_lease_ends()
    {
        await using var bench = new IdempotencyBench();
        var end = new TaskCompletionSource();
        bench.Handler = (_, _, _) => end.Task;
        var first = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(new TaskOutcome.Deferred(IdempotencyBench.Lease - TimeSpan.FromSeconds(4)), await bench.DeliverAsync());

        Assert.Equal(1, bench.Runs);
        end.SetResult();
        Assert.Equal(TaskOutcome.Done, await first);
        Assert.IsType<TaskOutcome.Discarded>(await bench.DeliverAsync());
    }

    [Fact]
    public async Task A_duplicate_is_put_off_by_no_less_than_the_delay_line_can_hold()
    {
        await using var bench = new IdempotencyBench();
        var end = new TaskCompletionSource();
        bench.Handler = (_, _, _) => end.Task;
        bench.Store.BeforeRenew = ScriptedStore.Away;
        var first = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease - TimeSpan.FromMilliseconds(1));

        Assert.Equal(new TaskOutcome.Deferred(TimeSpan.FromMilliseconds(100)), await bench.DeliverAsync());

        end.SetResult();
        await first;
    }

    public static TheoryData<string, WorkScript> UnfinishedEnds => new()
    {
        { "throws", (_, _, _) => throw new InvalidOperationException("no") },
        { "throws later", async (_, _, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("no");
            }
        },
        { "asks for a retry", (_, context, _) => Ask(() => context.RetryAfter(TimeSpan.FromSeconds(1))) },
        { "asks to be put off", (_, context, _) => Ask(() => context.Defer(TimeSpan.FromSeconds(1))) },
        { "asks for a dead letter", (_, context, _) => Ask(() => context.DeadLetter("no use")) },
    };

    [Theory]
    [MemberData(nameof(UnfinishedEnds), DisableDiscoveryEnumeration = true)]
    public async Task An_attempt_that_did_not_finish_the_task_lets_the_next_one_run(string end, WorkScript handler)
    {
        await using var bench = new IdempotencyBench { Handler = handler };
        Assert.False(await bench.DeliverAsync() is TaskOutcome.Completed, end);
        bench.Handler = (_, _, _) => Task.CompletedTask;

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());
    }

    [Fact]
    public async Task A_task_that_its_handler_discards_is_done()
    {
        await using var bench = new IdempotencyBench { Handler = (_, context, _) => Ask(() => context.Discard("no use")) };

        Assert.Equal(new TaskOutcome.Discarded("no use"), await bench.DeliverAsync());

        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await bench.DeliverAsync());
    }

    [Fact]
    public async Task Tasks_with_one_key_are_one_effect_whatever_their_ids()
    {
        await using var bench = new IdempotencyBench();
        await bench.Pipeline.RunAsync(Keyed("one", "order-7"));

        Assert.IsType<TaskOutcome.Discarded>(await bench.Pipeline.RunAsync(Keyed("two", "order-7")));
        Assert.Equal(TaskOutcome.Done, await bench.Pipeline.RunAsync(Keyed("two", "order-8")));
    }

    [Fact]
    public async Task A_task_that_came_without_a_key_gets_it_by_the_workers_rule()
    {
        await using var bench = new PipelineBench(s => s with { Idempotency = new(), IdempotencyKey = task => ((Work)task).Name });
        await bench.RunAsync();

        Assert.IsType<TaskOutcome.Discarded>(await bench.RunAsync());
        Assert.Equal(1, bench.Calls.Count);
    }

    [Fact]
    public async Task Each_attempt_has_a_greater_fencing_token_than_the_one_before()
    {
        var tokens = new List<long>();
        await using var bench = new IdempotencyBench { Handler = (_, context, _) => Ask(() => tokens.Add(context.FencingToken), new InvalidOperationException("no")) };

        await bench.DeliverAsync();
        await bench.DeliverAsync();

        Assert.True(tokens[1] > tokens[0] && tokens[0] > 0);
    }

    [Fact]
    public async Task Where_no_task_type_asks_for_it_there_is_no_store()
    {
        await using var bench = new IdempotencyBench(
            s => s with { Enabled = false },
            services => services.AddSingleton<IIdempotencyStore>(_ => throw new InvalidOperationException("Nobody needs a store.")));

        Assert.IsType<TaskOutcome.Completed>(await bench.DeliverAsync());
    }

    [Fact]
    public async Task Where_it_is_off_nothing_is_asked_and_a_duplicate_runs()
    {
        var token = -1L;
        await using var bench = new IdempotencyBench(s => s with { Enabled = false }) { Handler = (_, context, _) => Ask(() => token = context.FencingToken) };

        await bench.DeliverAsync();
        await bench.DeliverAsync();

        Assert.Equal((2, 0, 0), (bench.Runs, bench.Store.Calls, token));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_that_stops_gives_the_task_back_and_its_key_too()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new IdempotencyBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };
        var run = bench.DeliverAsync(abort.Token);

        await abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await run.WaitAsync(TestContext.Current.CancellationToken));
        bench.Handler = (_, _, _) => Task.CompletedTask;
        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());
    }

    [Fact]
    public async Task A_task_whose_worker_stopped_while_the_store_was_asked_does_not_run()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeClaim = () => abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await bench.DeliverAsync(abort.Token));

        bench.Store.BeforeClaim = null;
        Assert.Equal(0, bench.Runs);
        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());
    }

    private static Task Ask(Action ask, Exception? error = null)
    {
        ask();
        return error is null ? Task.CompletedTask : Task.FromException(error);
    }

    private static TaskEnvelope Keyed(string id, string key) =>
        new() { TaskId = id, TaskType = PipelineBench.TypeName, ContentType = "application/x-test", IdempotencyKey = key };
}
