using Microsoft.Extensions.Time.Testing;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Workloads;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Workloads;

public class ExactlyOnceTests
{
    [Fact]
    public async Task Every_task_handled_once_is_fine_in_any_order()
    {
        var handled = new ExactlyOnce(100);
        Parallel.For(0, 100, number => handled.Add(99 - number));

        await handled.CheckAsync(Task.CompletedTask, () => 100);

        Assert.Equal(100, handled.Count);
    }

    [Fact]
    public async Task A_task_handled_twice_counts_once_and_fails_the_cell()
    {
        var handled = new ExactlyOnce(3);

        Assert.Equal([1, 2, 0, 3], new[] { handled.Add(0), handled.Add(1), handled.Add(1), handled.Add(2) });
        var error = await Assert.ThrowsAsync<CellFailedException>(() => handled.CheckAsync(Task.CompletedTask, () => 3));
        Assert.StartsWith("Of 3 tasks 0 were not handled, and 1 deliveries were of a task handled before", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_was_not_handled_fails_the_cell()
    {
        var handled = new ExactlyOnce(3);
        handled.Add(0);
        handled.Add(2);

        var error = await Assert.ThrowsAsync<CellFailedException>(() => handled.CheckAsync(Task.CompletedTask, () => 3));

        Assert.StartsWith("Of 3 tasks 1 were not handled, and 0 deliveries", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_end_though_all_are_handled_fails_the_cell()
    {
        var clock = new FakeTimeProvider();
        var handled = new ExactlyOnce(1);
        handled.Add(0);

        var checking = handled.CheckAsync(new TaskCompletionSource().Task, () => 1, clock);
        clock.Advance(Until.Patience);

        var error = await Assert.ThrowsAsync<CellFailedException>(() => checking);
        Assert.StartsWith("All 1 tasks were handled", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fails_fails_the_cell_with_its_own_reason()
    {
        var failed = Task.FromException(new InvalidOperationException("refused"));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => new ExactlyOnce(1).CheckAsync(failed, () => 1));

        Assert.Equal("refused", error.Message);
    }
}
