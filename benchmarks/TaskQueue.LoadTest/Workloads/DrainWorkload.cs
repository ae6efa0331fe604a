using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>A worker handles a backlog of 120,000 tasks with a handler that does nothing; the first 20,000 are warm-up.</summary>
internal sealed class DrainWorkload(int concurrency) : IWorkload
{
    private const int WarmUp = 20_000;
    private const int Measured = 100_000;
    private const int Batch = 5_000;

    public string Name => $"drain-{concurrency}";

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, double scale)
    {
        var warmUp = (int)(WarmUp * scale);
        var measured = (int)(Measured * scale);
        await contender.StartPublisherAsync();
        for (var left = warmUp + measured; left > 0; left -= Batch)
        {
            await contender.PublishManyAsync([.. Enumerable.Range(0, Math.Min(Batch, left)).Select(number => LoadTask.Create(number))]);
        }

        Cost? cost = null;
        var handled = 0;
        var done = new TaskCompletionSource<Dictionary<string, double>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await contender.StartWorkerAsync(concurrency, _ =>
        {
            var number = Interlocked.Increment(ref handled);
            if (number == warmUp)
            {
                Volatile.Write(ref cost, new Cost());
            }
            else if (number == warmUp + measured)
            {
                done.SetResult(Volatile.Read(ref cost)!.Of(measured));
            }

            return ValueTask.CompletedTask;
        });
        return await done.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }
}
