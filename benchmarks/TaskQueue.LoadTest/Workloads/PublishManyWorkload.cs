using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>One caller publishes 30,000 tasks by the library's way for many, 2,000 a call, after 10,000 for warm-up.</summary>
internal sealed class PublishManyWorkload : IWorkload
{
    private const int Batch = 2_000;
    private const int WarmUpBatches = 5;
    private const int MeasuredBatches = 15;

    public string Name => "publish-many";

    public double Seconds => 2.7;

    public bool IsDefault => false;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        await contender.StartPublisherAsync();
        var tasks = Enumerable.Range(0, Batch).Select(number => LoadTask.Create(number)).ToList();
        for (var batch = 0; batch < WarmUpBatches; batch++)
        {
            await contender.PublishManyAsync(tasks);
        }

        var cost = new Cost(request);
        var batches = Math.Max(1, (int)(MeasuredBatches * request.Scale));
        for (var batch = 0; batch < batches; batch++)
        {
            await contender.PublishManyAsync(tasks);
        }

        return cost.Of(batches * Batch);
    }
}
