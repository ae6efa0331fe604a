using System.Collections.Concurrent;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Several <see cref="TopologyChannel"/>s at once, for what need not come one after the other: a channel waits for the answer to each request, and the broker takes
/// 36 ms for a new quorum queue on its own, but 5 to 9 ms for each of many (200 task types: 400 queues). For one user at a time.
/// </summary>
/// <param name="epoch">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="most">How many channels.</param>
internal sealed class TopologyChannels(ConnectionEpoch epoch, TimeProvider time, int most = TopologyChannels.Fastest) : IAsyncDisposable
{
    /// <summary>More make nothing faster.</summary>
    public const int Fastest = 16;

    private readonly ConcurrentBag<TopologyChannel> _idle = [];

    /// <summary>Does it for each item, on whatever channel is free. Throws a failure, after which no further item is begun.</summary>
    public Task ForEachAsync<T>(IEnumerable<T> items, Func<TopologyChannel, T, Task> action)
    {
        var waiting = new ConcurrentQueue<T>(items);
        var lanes = new Task[Math.Min(waiting.Count, most)];
        for (var i = 0; i < lanes.Length; i++)
        {
            lanes[i] = WorkAsync(waiting, action);
        }

        return Task.WhenAll(lanes);
    }

    /// <summary>Whether any of these is missing. From RabbitMQ 4.3.1 on, who has no permission for a name may not look at it either, and needs it for nothing.</summary>
    public async Task<bool> LackAnyAsync(IEnumerable<string> exchanges, IEnumerable<string> queues)
    {
        var missing = 0;
        await ForEachAsync(exchanges, async (channel, name) => Count(await channel.FindExchangeAsync(name).ConfigureAwait(false))).ConfigureAwait(false);
        await ForEachAsync(queues, async (channel, name) => Count(await channel.FindQueueAsync(name).ConfigureAwait(false))).ConfigureAwait(false);
        return missing > 0;

        void Count(Refusal? refusal) => Interlocked.Add(ref missing, refusal is { IsForbidden: false } ? 1 : 0);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_idle.Select(channel => channel.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task WorkAsync<T>(ConcurrentQueue<T> waiting, Func<TopologyChannel, T, Task> action)
    {
        var channel = _idle.TryTake(out var idle) ? idle : new TopologyChannel(epoch, time);
        try
        {
            while (waiting.TryDequeue(out var item))
            {
                epoch.Lost.ThrowIfCancellationRequested();
                await action(channel, item).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            waiting.Clear();
            throw;
        }
        finally
        {
            _idle.Add(channel);
        }
    }
}
