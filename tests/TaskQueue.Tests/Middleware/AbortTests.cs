using System.Buffers;
using TaskQueue.Tests.Idempotency;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

/// <summary>The tokens of attempts, which serve one after the other, and the tokens of their aborts: of the timeout's token, of the lease's, and of the timeout's under a lease.</summary>
public sealed class AbortTests
{
    /// <summary>Whether there is a lease, and whether a timeout.</summary>
    public static TheoryData<bool, bool> Steps => new() { { false, true }, { true, false }, { true, true } };

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Steps))]
    public async Task An_abort_is_heard_by_the_attempt_that_runs_then(bool hasLease, bool hasTimeout)
    {
        using var abort = new CancellationTokenSource();
        await using var bench = Create(hasLease, hasTimeout);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(TaskOutcome.Done, await bench.RunAsync(abort: abort.Token));
        }

        bench.Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token);
        var run = bench.RunAsync(abort: abort.Token);
        await abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await run.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Steps))]
    public async Task An_abort_that_came_while_nothing_ran_is_not_that_of_the_next_attempt(bool hasLease, bool hasTimeout)
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        await using var bench = Create(hasLease, hasTimeout);
        await bench.RunAsync(abort: first.Token);
        await first.CancelAsync();

        Assert.False(await IsCancelledAsync(bench, second, whileItRuns: () => Task.CompletedTask));
        bench.Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token);
        var run = bench.RunAsync(abort: second.Token);
        await second.CancelAsync();
        Assert.Equal(TaskOutcome.Returned, await run.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task The_abort_of_an_attempt_before_is_not_heard(bool hasLease, bool hasTimeout)
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        await using var bench = Create(hasLease, hasTimeout);
        await bench.RunAsync(abort: first.Token);

        Assert.False(await IsCancelledAsync(bench, second, whileItRuns: first.CancelAsync));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_abort_that_comes_just_before_the_attempt_begins_is_heard_though_its_token_is_known_already()
    {
        using var abort = new CancellationTokenSource();
        var serializer = new HookedJson();
        await using var bench = new PipelineBench(settings => settings with { Serializer = serializer });
        await bench.RunAsync(abort: abort.Token);
        bench.Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token);
        serializer.BeforeRead = abort.Cancel;

        Assert.Equal(TaskOutcome.Returned, await bench.RunAsync(abort: abort.Token).WaitAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task One_token_serves_attempt_after_attempt(bool hasLease, bool hasTimeout)
    {
        using var abort = new CancellationTokenSource();
        var seen = new HashSet<CancellationToken>();
        await using var bench = Create(hasLease, hasTimeout);
        bench.Handler = (_, _, token) => Task.FromResult(seen.Add(token));
        for (var i = 0; i < 3; i++)
        {
            await bench.RunAsync(abort: abort.Token);
        }

        Assert.DoesNotContain(abort.Token, seen);
        Assert.Single(seen);
    }

    private static PipelineBench Create(bool hasLease, bool hasTimeout) =>
        hasLease ? new IdempotencyBench(timeout: hasTimeout ? PipelineBench.Timeout : null).Pipeline : new PipelineBench();

    private static async Task<bool> IsCancelledAsync(PipelineBench bench, CancellationTokenSource abort, Func<Task> whileItRuns)
    {
        var end = new TaskCompletionSource();
        CancellationToken seen = default;
        bench.Handler = (_, _, token) =>
        {
            seen = token;
            return end.Task;
        };
        var run = bench.RunAsync(abort: abort.Token);
        await whileItRuns();
        var isCancelled = seen.IsCancellationRequested;
        end.SetResult();
        await run;
        return isCancelled;
    }

    private sealed class HookedJson : ITaskSerializer
    {
        private readonly PlainJson _json = new();

        public Action BeforeRead { get; set; } = () => { };

        public string ContentType => _json.ContentType;

        public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
            where TTask : notnull => _json.Serialize(task, output);

        public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
            where TTask : notnull
        {
            BeforeRead();
            return _json.Deserialize<TTask>(body);
        }

        public string? FindFault(Type taskType) => null;
    }
}
