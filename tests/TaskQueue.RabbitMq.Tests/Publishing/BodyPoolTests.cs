using System.Buffers;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class BodyPoolTests
{
    private const int MaxBodyBytes = 100_000;

    [Fact]
    public void A_body_that_comes_back_serves_the_next_task_and_is_empty()
    {
        var pool = new BodyPool(MaxBodyBytes, most: 2);
        var first = pool.Rent();
        first.Write("the first task's"u8);
        first.Dispose();

        var second = pool.Rent();

        Assert.Same(first, second);
        Assert.Equal(0, second.Length);
        Assert.True(second.Written.IsEmpty);
    }

    [Fact]
    public void Bodies_that_are_out_at_once_are_not_the_same()
    {
        var pool = new BodyPool(MaxBodyBytes, most: 2);
        pool.Rent().Dispose();

        Assert.NotSame(pool.Rent(), pool.Rent());
    }

    [Fact]
    public void Only_so_many_are_kept()
    {
        var pool = new BodyPool(MaxBodyBytes, most: 2);
        var bodies = Enumerable.Range(0, 3).Select(_ => pool.Rent()).ToList();
        bodies.ForEach(body => body.Dispose());

        var again = Enumerable.Range(0, 3).Select(_ => pool.Rent()).ToList();

        Assert.Equal(2, again.Intersect(bodies).Count());
    }

    [Fact]
    public void A_large_buffer_is_not_kept()
    {
        var pool = new BodyPool(MaxBodyBytes, most: 2);
        var large = pool.Rent();
        large.Write(new byte[50_000]);
        large.Dispose();

        Assert.NotSame(large, pool.Rent());
    }
}
