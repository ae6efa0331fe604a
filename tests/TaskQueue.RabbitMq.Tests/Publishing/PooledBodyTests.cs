using System.Buffers;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class PooledBodyTests
{
    [Fact]
    public void A_body_grows_as_it_is_written()
    {
        using var body = new BodyPool(maxBodyBytes: 10_000, most: 1).Rent();
        var expected = Enumerable.Range(0, 9_999).Select(i => (byte)i).ToArray();

        foreach (var part in expected.Chunk(700))
        {
            body.Write(part);
        }

        Assert.Equal(expected, body.Written.ToArray());
        Assert.Equal(9_999, body.Length);
    }

    [Fact]
    public void Beyond_the_limit_it_counts_to_the_end_and_keeps_nothing()
    {
        using var body = new BodyPool(maxBodyBytes: 1_000, most: 1).Rent();

        for (var i = 0; i < 1_000; i++)
        {
            body.Write(new byte[1_000]);
        }

        Assert.Equal(1_000_000, body.Length);
        Assert.True(body.Written.IsEmpty);
        Assert.InRange(body.GetMemory().Length, 1, 16_384);
    }

    [Fact]
    public void A_large_body_leaves_a_buffer_that_is_much_too_large_for_it()
    {
        using var body = new BodyPool(maxBodyBytes: 1_000_000, most: 1).Rent();
        var expected = Enumerable.Range(0, 70_000).Select(i => (byte)i).ToArray();
        expected.CopyTo(body.GetSpan(3 * expected.Length));
        body.Advance(expected.Length);

        body.Fit();

        Assert.InRange(body.Capacity, expected.Length, 2 * expected.Length);
        Assert.Equal(expected, body.Written.ToArray());
    }

    [Theory]
    [InlineData(30_000, 60_000)]
    [InlineData(90_000, 100_000)]
    public void A_body_that_is_small_or_fills_its_buffer_stays_where_it_is(int length, int room)
    {
        using var body = new BodyPool(maxBodyBytes: 1_000_000, most: 1).Rent();
        body.GetSpan(room)[0] = 1;
        body.Advance(length);
        var before = body.Capacity;

        body.Fit();

        Assert.Equal(before, body.Capacity);
    }
}
