using System.Collections.Concurrent;
using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>Slots of two groups under one process-wide limit, with deliveries added, finished at once or later, and closed at random: each delivery runs once
/// or is taken out, no bound is passed, and every permit comes back.</summary>
public sealed class HandlerSlotsChaosTests
{
    private const int Steps = 20_000;
    private const int Permits = 5;

    private readonly DeliverySource[] _sources = [.. Enum.GetValues<TaskPriority>().Select(lane => Deliveries.Source(lane))];
    private readonly ConcurrentQueue<TaskCompletionSource> _running = new();
    private readonly ConcurrentDictionary<Delivery, int> _runs = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _atOnce;
    private int _mostAtOnce;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task In_any_order_each_delivery_runs_once_or_is_taken_out(int seed, bool limited)
    {
        var random = new Random(seed);
        var limit = limited ? new WorkerLimit(Permits) : null;
        HandlerSlots[] groups = [Slots(3, limit), Slots(4, limit)];
        var added = new List<Delivery>();
        for (var step = 0; step < Steps; step++)
        {
            if (random.Next(2) == 0)
            {
                var delivery = Deliveries.Of(random.GetItems(_sources, 1)[0], (ulong)step + 1, receivedAt: random.Next(5_000));
                added.Add(delivery);
                groups[random.Next(2)].Add(delivery);

                // Else a busy machine is done with all steps before it has begun with the first delivery.
                await _begun.Task;
            }
            else
            {
                FinishOne();
            }
        }

        var takenOut = await CloseAsync(groups);
        Assert.Equal(added.Count, _runs.Count + takenOut.Count);
        Assert.All(_runs, run => Assert.Equal(1, run.Value));
        Assert.DoesNotContain(takenOut, _runs.ContainsKey);
        Assert.InRange(_mostAtOnce, 1, limited ? Permits : 7);
        Assert.True(limit is null || Enumerable.Range(0, Permits).All(_ => limit.TryAcquire(groups[0])), "Every permit comes back.");
    }

    private HandlerSlots Slots(int concurrency, WorkerLimit? limit) => new(concurrency, limit, RunAsync, ticksPerSecond: 1000);

    private async Task<List<Delivery>> CloseAsync(HandlerSlots[] groups)
    {
        foreach (var group in groups)
        {
            group.Close();
        }

        var idle = Task.WhenAll(groups.Select(group => group.WhenIdleAsync()));
        while (!idle.IsCompleted)
        {
            FinishOne();
            await Task.Yield();
        }

        return [.. groups.SelectMany(group => _sources.SelectMany(group.RemovePending))];
    }

    private void FinishOne()
    {
        if (_running.TryDequeue(out var running))
        {
            running.SetResult();
        }
    }

    private async ValueTask RunAsync(Delivery delivery)
    {
        _runs.AddOrUpdate(delivery, 1, (_, runs) => runs + 1);
        var now = Interlocked.Increment(ref _atOnce);
        _begun.TrySetResult();
        for (var most = Volatile.Read(ref _mostAtOnce); now > most; most = Volatile.Read(ref _mostAtOnce))
        {
            Interlocked.CompareExchange(ref _mostAtOnce, now, most);
        }

        if (delivery.Tag % 3 != 0)
        {
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running.Enqueue(end);
            await end.Task;
        }

        Interlocked.Decrement(ref _atOnce);
    }
}
