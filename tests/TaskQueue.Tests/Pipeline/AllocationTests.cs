using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Pipeline;

/// <summary>
/// The budgets of the design (700 bytes a handled task, 300 a publication), less a share for the RabbitMQ project. Alone, since the
/// listeners of other tests would see this one's spans; in Release only, since a debug build allocates every async method's state.
/// </summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    [Fact]
    public async Task A_handled_task_allocates_no_more_than_its_budget()
    {
        Assert.SkipWhen(IsDebugBuild, "A debug build allocates more.");
        await using var bench = new PipelineBench(s => s with { Serializer = new Constant() }, services => services.AddSingleton(TimeProvider.System), logging: false);
        var executor = bench.Services.GetRequiredService<TaskExecutor>();
        var envelope = bench.Envelope();
        using var abort = new CancellationTokenSource();

        var bytes = await MeasureAsync<TaskOutcome.Completed>(() => executor.ExecuteAsync(envelope, default, PipelineBench.Queue, abort.Token), GC.GetAllocatedBytesForCurrentThread);

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, 260);
    }

    [Fact]
    public async Task Idempotency_in_memory_allocates_no_more_than_its_budget_for_a_task()
    {
        Assert.SkipWhen(IsDebugBuild, "A debug build allocates more.");
        var without = await MeasureOwnTasksAsync(new() { Enabled = false });
        var with = await MeasureOwnTasksAsync(new());

        TestContext.Current.TestOutputHelper?.WriteLine($"{with - without} B");
        Assert.InRange(with - without, 0, 120);
    }

    [Theory]
    [InlineData(false, 400)]
    [InlineData(true, 650)]
    public async Task A_handler_that_waits_costs_no_state_of_the_steps_around_it(bool logging, int budget)
    {
        Assert.SkipWhen(IsDebugBuild, "A debug build allocates more.");
        await using var bench = new PipelineBench(s => s with { Serializer = new Constant() }, services => services.AddSingleton(TimeProvider.System), logging)
        {
            Handler = async (_, _, _) => await Task.Yield(),
        };
        var executor = bench.Services.GetRequiredService<TaskExecutor>();
        var envelope = bench.Envelope();
        using var abort = new CancellationTokenSource();

        var bytes = await MeasureAsync<TaskOutcome.Completed>(() => executor.ExecuteAsync(envelope, default, PipelineBench.Queue, abort.Token), GetAllAllocated);

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, budget);
    }

    [Fact]
    public async Task A_failed_attempt_allocates_no_more_than_its_budget()
    {
        Assert.SkipWhen(IsDebugBuild, "A debug build allocates more.");
        var failed = Task.FromException(new InvalidOperationException("no"));
        await using var bench = new PipelineBench(s => s with { Serializer = new Constant() }, services => services.AddSingleton(TimeProvider.System), logging: false)
        {
            Handler = (_, _, _) => failed,
        };
        var executor = bench.Services.GetRequiredService<TaskExecutor>();
        var envelope = bench.Envelope();
        using var abort = new CancellationTokenSource();

        var bytes = await MeasureAsync<TaskOutcome.Retry>(() => executor.ExecuteAsync(envelope, default, PipelineBench.Queue, abort.Token), GC.GetAllocatedBytesForCurrentThread);

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, 490);
    }

    [Fact]
    public async Task A_plain_publication_allocates_no_more_than_its_budget()
    {
        await using var bench = new PipelineBench(logging: false);
        var factory = bench.Services.GetRequiredService<PublishContextFactory>();
        var task = new Work("a");

        var bytes = await MeasureAsync<TaskOutcome.Completed>(() =>
        {
            factory.Create(task, options: null);
            return new(TaskOutcome.Done);
        }, GC.GetAllocatedBytesForCurrentThread);

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, 240);
    }

    // Each task is another one, and the store as full as it gets.
    private static async Task<long> MeasureOwnTasksAsync(IdempotencySettings settings)
    {
        await using var bench = new PipelineBench(
            s => s with { Serializer = new Constant(), Idempotency = settings },
            services => services.AddSingleton(TimeProvider.System).AddSingleton<IIdempotencyStore>(new InMemoryIdempotencyStore(TimeProvider.System, capacity: Rounds / 2)),
            logging: false);
        var executor = bench.Services.GetRequiredService<TaskExecutor>();
        var envelopes = Enumerable.Range(0, 2 * Rounds).Select(_ => bench.Envelope()).ToArray();
        var next = 0;
        using var abort = new CancellationTokenSource();
        return await MeasureAsync<TaskOutcome.Completed>(() => executor.ExecuteAsync(envelopes[next++], default, PipelineBench.Queue, abort.Token), GC.GetAllocatedBytesForCurrentThread);
    }

    private static bool IsDebugBuild => typeof(TaskExecutor).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true };

    private static long GetAllAllocated() => GC.GetTotalAllocatedBytes(precise: true);

    private static async Task<long> MeasureAsync<TOutcome>(Func<ValueTask<TaskOutcome>> run, Func<long> allocated)
    {
        for (var i = 0; i < Rounds; i++)
        {
            Assert.IsType<TOutcome>(await run());
        }

        var before = allocated();
        for (var i = 0; i < Rounds; i++)
        {
            await run();
        }

        return (allocated() - before) / Rounds;
    }

    private sealed class Constant : ITaskSerializer
    {
        private readonly object _task = new Work("a");

        public string ContentType => "application/x-test";

        public void Serialize<TTask>(TTask task, System.Buffers.IBufferWriter<byte> output)
            where TTask : notnull
        {
        }

        public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
            where TTask : notnull => (TTask)_task;

        public string? FindFault(Type taskType) => null;
    }
}
