using Xunit;
using System.Collections.Concurrent;
using System.Threading.Channels;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class HandlerSlotsTests
{
    private readonly Workshop _workshop = new();
    private readonly DeliverySource _source = Deliveries.Source();

    [Fact]
    public async Task No_more_handlers_run_at_once_than_there_are_slots()
    {
        var slots = Slots(concurrency: 3);
        AddMany(slots, 10);
        for (var finished = 0; finished < 10; finished++)
        {
            (await _workshop.NextStartAsync()).Finish();
        }

        await slots.WhenIdleAsync();
        Assert.Equal(10, _workshop.Finished);
        Assert.InRange(_workshop.MostAtOnce, 1, 3);
    }

    [Fact]
    public async Task All_slots_are_used()
    {
        var slots = Slots(concurrency: 4);
        AddMany(slots, 10);
        var running = new List<Job>();
        for (var i = 0; i < 4; i++)
        {
            running.Add(await _workshop.NextStartAsync());
        }

        Assert.Equal(4, _workshop.Running);
        await FinishAllAsync(running, total: 10);
    }

    [Fact]
    public async Task The_next_free_slot_takes_the_most_urgent_delivery()
    {
        var slots = Slots(concurrency: 1);
        slots.Add(Deliveries.Of(_source, 1));
        var first = await _workshop.NextStartAsync();
        slots.Add(Deliveries.Of(_source, 2));
        slots.Add(Deliveries.Of(Deliveries.Source(TaskPriority.High), 3));
        first.Finish();

        var second = await _workshop.NextStartAsync();
        Assert.Equal(3UL, second.Tag);
        second.Finish();
        Assert.Equal(2UL, (await _workshop.NextStartAsync()).Tag);
    }

    [Fact]
    public async Task A_slot_gives_its_thread_back_between_handlers_that_hold_it_for_long()
    {
        // What a handler sets is seen by the next one of the same turn; the pool starts each turn without it.
        var sameTurn = new AsyncLocal<bool>();
        var seen = new ConcurrentQueue<bool>();
        var slots = new HandlerSlots(
            concurrency: 1,
            limit: null,
            _ =>
            {
                seen.Enqueue(sameTurn.Value);
                sameTurn.Value = true;
                var end = Environment.TickCount64 + 50;
                SpinWait.SpinUntil(() => Environment.TickCount64 >= end);
                return ValueTask.CompletedTask;
            },
            TimeProvider.System.TimestampFrequency);

        AddMany(slots, 3);
        await slots.WhenIdleAsync();

        Assert.Equal([false, false, false], seen);
    }

    [Fact]
    public async Task After_closing_nothing_starts_and_what_waits_can_be_taken_out()
    {
        var slots = Slots(concurrency: 1);
        AddMany(slots, 3);
        var running = await _workshop.NextStartAsync();
        slots.Close();
        AddMany(slots, 1);
        running.Finish();
        await slots.WhenIdleAsync();

        Assert.Equal(3, slots.RemovePending(_source).Count);
        Assert.Equal(1, _workshop.Finished);
    }

    [Fact]
    public async Task What_waits_from_a_lost_channel_is_forgotten_and_the_rest_keeps_its_place()
    {
        var slots = Slots(concurrency: 1);
        var lost = Deliveries.Source();
        AddMany(slots, 1);
        var running = await _workshop.NextStartAsync();
        slots.Add(Deliveries.Of(lost, 2, body: [1, 2, 3]));
        slots.Add(Deliveries.Of(_source, 3));
        var forgotten = Deliveries.Of(lost, 4, body: [1, 2, 3]);
        slots.Add(forgotten);
        slots.Forget(lost);
        running.Finish();

        Assert.Equal(3UL, (await _workshop.NextStartAsync()).Tag);
        Assert.True(forgotten.Body.IsEmpty);
        Assert.Empty(slots.RemovePending(lost));
        Assert.Empty(slots.RemovePending(_source));
    }

    [Fact]
    public async Task A_process_wide_limit_holds_over_all_groups_and_each_has_its_turn()
    {
        var limit = new WorkerLimit(2);
        var busy = new HandlerSlots(8, limit, _workshop.RunAsync, 1000);
        var small = new HandlerSlots(8, limit, _workshop.RunAsync, 1000);
        AddMany(busy, 50);
        AddMany(small, 3, firstTag: 1000);

        var order = new List<ulong>();
        for (var left = 53; left > 0; left -= 2)
        {
            // Both permits' work has started before either ends: whose turn it is must not depend on how fast the pool's threads are.
            var running = await StartedAsync(Math.Min(2, left));
            order.AddRange(running.Select(job => job.Tag));
            running.ForEach(job => job.Finish());
        }

        await Task.WhenAll(busy.WhenIdleAsync(), small.WhenIdleAsync());
        Assert.InRange(_workshop.MostAtOnce, 1, 2);
        Assert.InRange(order.FindLastIndex(tag => tag >= 1000), 0, 15);
        Assert.True(limit.TryAcquire(busy) && limit.TryAcquire(busy), "Every permit comes back.");
    }

    [Fact]
    public async Task Permits_freed_while_a_group_waits_are_all_used()
    {
        var limit = new WorkerLimit(4);
        var first = new HandlerSlots(4, limit, _workshop.RunAsync, 1000);
        var second = new HandlerSlots(8, limit, _workshop.RunAsync, 1000);
        AddMany(first, 4);
        var running = await StartedAsync(4);
        AddMany(second, 8, firstTag: 100);
        running.ForEach(job => job.Finish());

        running = await StartedAsync(4);
        Assert.Equal(4, _workshop.Running);
        await FinishAllAsync(running, total: 12);
    }

    private HandlerSlots Slots(int concurrency) => new(concurrency, limit: null, _workshop.RunAsync, ticksPerSecond: 1000);

    private void AddMany(HandlerSlots slots, int count, ulong firstTag = 1)
    {
        for (var i = 0UL; i < (ulong)count; i++)
        {
            slots.Add(Deliveries.Of(_source, firstTag + i));
        }
    }

    private async Task<List<Job>> StartedAsync(int count)
    {
        var jobs = new List<Job>();
        while (jobs.Count < count)
        {
            jobs.Add(await _workshop.NextStartAsync());
        }

        return jobs;
    }

    private async Task FinishAllAsync(List<Job> running, int total)
    {
        var before = _workshop.Finished;
        running.ForEach(job => job.Finish());
        for (var left = total - before - running.Count; left > 0; left--)
        {
            (await _workshop.NextStartAsync()).Finish();
        }
    }

    /// <summary>Where deliveries are run: each one tells that it has started and goes on when it is told to.</summary>
    private sealed class Workshop
    {
        private readonly Channel<Job> _started = Channel.CreateUnbounded<Job>();
        private readonly ConcurrentBag<int> _atOnce = [];
        private int _running;
        private int _finished;

        public int Running => Volatile.Read(ref _running);

        public int Finished => Volatile.Read(ref _finished);

        public int MostAtOnce => _atOnce.Max();

        public async ValueTask RunAsync(Delivery delivery)
        {
            _atOnce.Add(Interlocked.Increment(ref _running));
            var job = new Job(delivery.Tag);
            _started.Writer.TryWrite(job);
            await job.Finished;
            Interlocked.Decrement(ref _running);
            Interlocked.Increment(ref _finished);
        }

        public async Task<Job> NextStartAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await _started.Reader.ReadAsync(deadline.Token);
        }
    }

    private sealed class Job(ulong tag)
    {
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ulong Tag { get; } = tag;

        public Task Finished => _finish.Task;

        public void Finish() => _finish.SetResult();
    }
}
