using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class CombinedWritesTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly GatedStream _socket = new();
    private readonly CombinedWrites _writes;

    public CombinedWritesTests() => _writes = new CombinedWrites(_socket, _clock);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _socket.Dispose();

    [Fact]
    public async Task A_frame_that_comes_alone_is_sent_before_its_write_returns()
    {
        _socket.Open();

        await WriteAsync(1, 2);
        Assert.Equal([[1, 2]], _socket.Sends);

        _clock.Advance(CombinedWrites.BurstGap);
        await WriteAsync(3);
        Assert.Equal([[1, 2], [3]], _socket.Sends);
    }

    [Fact]
    public async Task What_comes_while_a_send_is_under_way_goes_together_with_the_next()
    {
        var first = WriteAsync(1);
        await WriteAsync(2);
        await WriteAsync(3, 4);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await WriteAsync(5);

        _socket.Open();
        await first;

        Assert.Equal([[1], [2, 3, 4, 5]], _socket.Sends);
    }

    [Fact]
    public async Task A_large_frame_with_nothing_before_it_is_one_send()
    {
        var frame = new byte[CombinedWrites.Capacity + 1];
        _socket.Open();

        await WriteAsync(frame);

        Assert.Equal(frame.Length, Assert.Single(_socket.Sends).Length);
    }

    [Fact]
    public async Task A_burst_that_ends_is_sent_without_another_write()
    {
        _socket.Open();
        await WriteAsync(1);
        await WriteAsync(2);
        await WriteAsync(3);

        await _socket.ReceiveAsync(3, Stop);
        Assert.Equal([1, 2, 3], _socket.Received);
    }

    [Fact]
    public async Task A_burst_that_makes_a_batch_is_sent_by_its_writer_who_waits_for_it()
    {
        _socket.Open();
        await WriteAsync(1);
        _socket.Hold();
        var batch = _writes.WriteAsync(Filled(CombinedWrites.Batch, 2), Stop).AsTask();
        Assert.False(batch.IsCompleted);

        _socket.Open();
        await batch;
        Assert.Equal([1, .. Filled(CombinedWrites.Batch, 2)], _socket.Received);
    }

    [Fact]
    public async Task Bytes_are_those_of_the_call_though_the_caller_uses_its_buffer_again()
    {
        var first = WriteAsync(1);
        byte[] buffer = [2];
        await _writes.WriteAsync(buffer, Stop);
        buffer[0] = 99;

        _socket.Open();
        await first;

        Assert.Equal([1, 2], _socket.Received);
    }

    [Fact]
    public async Task Who_finds_no_room_waits_until_the_socket_takes_some_and_keeps_its_place()
    {
        var first = WriteAsync(1);
        await _writes.WriteAsync(Filled(CombinedWrites.Capacity, 2), Stop);
        var none = WriteAsync(3);
        Assert.False(none.IsCompleted);

        _socket.Open();
        await first;
        await none;

        Assert.Equal([1, .. Filled(CombinedWrites.Capacity, 2), 3], _socket.Received);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task A_frame_larger_than_all_room_follows_what_waits(int more)
    {
        var first = WriteAsync(1);
        await WriteAsync(2);
        var large = _writes.WriteAsync(Filled(CombinedWrites.Capacity + more, 3), Stop).AsTask();

        _socket.Open();
        await first;
        await large;
        _clock.Advance(CombinedWrites.BurstGap);
        await WriteAsync(4);

        Assert.Equal([1, 2, .. Filled(CombinedWrites.Capacity + more, 3), 4], _socket.Received);
    }

    [Fact]
    public async Task A_send_that_fails_closes_the_stream_and_fails_who_waits_and_who_comes_later()
    {
        var first = WriteAsync(1);
        await WriteAsync(2);
        var waiting = _writes.WriteAsync(Filled(CombinedWrites.Capacity, 3), Stop).AsTask();

        _socket.Fail(new IOException("reset by peer"));

        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => waiting);
        Assert.Contains("reset by peer", (await Assert.ThrowsAsync<IOException>(() => WriteAsync(4))).Message, StringComparison.Ordinal);
        Assert.True(_socket.IsDisposed);
        Assert.Empty(_socket.Received);
    }

    [Fact]
    public async Task A_send_of_the_thread_pool_that_fails_closes_the_stream()
    {
        _socket.Open();
        await WriteAsync(1);
        _socket.Fail(new IOException("reset by peer"));
        await WriteAsync(2);

        await _socket.Disposed.WaitAsync(Stop);
        await Assert.ThrowsAsync<IOException>(() => WriteAsync(3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_bytes_arrive_once_and_in_order_whatever_the_sizes_and_pauses(int seed)
    {
        var random = new Random(seed);
        _socket.Open(yields: true);
        var sent = new List<byte>();
        for (var frame = 0; frame < 3_000; frame++)
        {
            var bytes = new byte[random.Next(100) == 0 ? random.Next(2 * CombinedWrites.Capacity) : random.Next(1, 600)];
            random.NextBytes(bytes);
            sent.AddRange(bytes);
            if (random.Next(4) == 0)
            {
                _clock.Advance(CombinedWrites.BurstGap);
            }

            await _writes.WriteAsync(bytes, Stop);
            Array.Clear(bytes);
        }

        await _socket.ReceiveAsync(sent.Count, Stop);
        Assert.Equal(sent, _socket.Received);
        Assert.InRange(_socket.Sends.Count, 1, 2_999);
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }

    private Task WriteAsync(params byte[] bytes) => _writes.WriteAsync(bytes, Stop).AsTask();
}
