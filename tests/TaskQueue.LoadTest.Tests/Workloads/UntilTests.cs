using Microsoft.Extensions.Time.Testing;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Workloads;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Workloads;

public class UntilTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task It_waits_as_long_as_tasks_come_and_returns_with_the_last()
    {
        var looks = 0;

        // A task at every second look.
        await Until.CountAsync(() => After(Until.Patience * 0.6, ++looks / 2), 4, _clock);

        Assert.Equal(8, looks);
    }

    [Fact]
    public async Task A_task_that_does_not_come_fails_the_cell()
    {
        var error = await Assert.ThrowsAsync<CellFailedException>(() => Until.CountAsync(() => After(Until.Patience / 2, 3), 5, _clock));

        Assert.Equal("Of 5 tasks 2 were not handled.", error.Message);
    }

    [Fact]
    public async Task A_task_that_comes_twice_fails_the_cell()
    {
        var error = await Assert.ThrowsAsync<CellFailedException>(() => Until.CountAsync(() => 6, 5));

        Assert.StartsWith("Of 5 tasks 1 were handled once more", error.Message, StringComparison.Ordinal);
    }

    private int After(TimeSpan time, int count)
    {
        _clock.Advance(time);
        return count;
    }
}
