using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Workloads;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Workloads;

public class UntilTests
{
    [Fact]
    public async Task It_returns_when_as_many_are_handled_as_there_are()
    {
        var handled = 0;

        await Until.CountAsync(() => ++handled, 5);

        Assert.Equal(5, handled);
    }

    [Fact]
    public async Task It_waits_as_long_as_tasks_come()
    {
        var began = TimeProvider.System.GetTimestamp();

        await Until.CountAsync(() => Math.Min(20, (int)(TimeProvider.System.GetElapsedTime(began) / TimeSpan.FromMilliseconds(200))), 20, TimeSpan.FromSeconds(2));

        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(4), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_task_that_does_not_come_fails_the_cell()
    {
        var error = await Assert.ThrowsAsync<CellFailedException>(() => Until.CountAsync(() => 3, 5, TimeSpan.FromMilliseconds(20)));

        Assert.Equal("Of 5 tasks 2 were not handled.", error.Message);
    }

    [Fact]
    public async Task A_task_that_comes_twice_fails_the_cell()
    {
        var error = await Assert.ThrowsAsync<CellFailedException>(() => Until.CountAsync(() => 6, 5));

        Assert.StartsWith("Of 5 tasks 1 were handled once more", error.Message, StringComparison.Ordinal);
    }
}
