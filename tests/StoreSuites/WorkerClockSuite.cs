using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace TaskQueue.Tests.StoreSuites;

/// <summary>Workers whose wall clocks differ, and are set while they work: only the store's clock counts. The tests of each idempotency store derive it.</summary>
public abstract class WorkerClockSuite
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>Gives a worker the store that it shares with the other ones of a test.</summary>
    /// <param name="queue">The worker's builder.</param>
    /// <param name="clock">The worker's clock, for a store without a server.</param>
    protected abstract void UseStore(TaskQueueBuilder queue, TimeProvider clock);

    [Theory]
    [InlineData(1, -1)]
    [InlineData(-1, 1)]
    public async Task What_runs_or_is_done_is_so_for_a_worker_whose_clock_is_an_hour_off(int firstHours, int secondHours)
    {
        var (id, clock) = (Guid.CreateVersion7().ToString(), new SetClock(TimeSpan.FromHours(firstHours)));
        var (begun, end, runs) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        await using var first = Build(clock, async () =>
        {
            runs++;
            begun.TrySetResult();
            await end.Task;
        });
        await using var second = Build(new SetClock(TimeSpan.Zero), () =>
        {
            runs++;
            return Task.CompletedTask;
        });
        var running = first.RunAsync(new Errand(id), id);
        Assert.Same(begun.Task, await Task.WhenAny(begun.Task, running));

        await AssertRunsElsewhereAsync(second, id);
        clock.Offset = TimeSpan.FromHours(secondHours);
        await AssertRunsElsewhereAsync(second, id);
        await AssertRunsElsewhereAsync(first, id);
        end.SetResult();

        Assert.Equal(TaskOutcome.Done, await running);
        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await second.RunAsync(new Errand(id), id));
        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await first.RunAsync(new Errand(id), id));
        Assert.Equal(1, runs);
    }

    // For no longer than the lease, however far the clocks are apart.
    private static async Task AssertRunsElsewhereAsync(BrokerlessWorker worker, string id) =>
        Assert.InRange(Assert.IsType<TaskOutcome.Deferred>(await worker.RunAsync(new Errand(id), id)).Delay, TimeSpan.Zero, Lease);

    private BrokerlessWorker Build(TimeProvider clock, Func<Task> run) => new(
        queue =>
        {
            queue.AddHandler<ErrandHandler>().Idempotency.Lease = Lease;
            UseStore(queue, clock);
        },
        services => services.AddSingleton(clock).AddSingleton(new ErrandScript(run)));
}

/// <summary>A task of these tests.</summary>
/// <param name="Name">Any text.</param>
public sealed record Errand(string Name);

/// <summary>What the handler of an <see cref="Errand"/> does.</summary>
/// <param name="Run">Whatever the test says.</param>
public sealed record ErrandScript(Func<Task> Run);

/// <summary>Runs an <see cref="Errand"/>.</summary>
/// <param name="script">Says how.</param>
public sealed class ErrandHandler(ErrandScript script) : ITaskHandler<Errand>
{
    /// <inheritdoc/>
    public Task HandleAsync(Errand task, TaskContext context, CancellationToken cancellationToken) => script.Run();
}
