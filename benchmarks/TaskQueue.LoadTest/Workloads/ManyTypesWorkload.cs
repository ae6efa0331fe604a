using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks of so many types, each with a queue of its own, in turn, and one worker for all. It has started when it has handled one of each.</summary>
/// <param name="types">How many types, at most <see cref="IManyTypes.MostTypes"/>.</param>
internal sealed class ManyTypesWorkload(int types) : GrowthWorkload
{
    public override string Name => $"types-{types}";

    public override double Seconds => 9 + (types / 50.0);

    public override GrowthStep Growth => new(GrowthAxes.TaskTypes, types, $"{types}");

    protected override int Waiting => types;

    protected override Task StartPublisherAsync(IContender contender) => contender.Need<IManyTypes>().StartManyPublisherAsync(types);

    protected override ValueTask PublishFirstAsync(IContender contender, int first) => contender.Need<IManyTypes>().PublishAsync(first, LoadTask.Create(-1));

    protected override ValueTask PublishAsync(IContender contender, LoadTask task) => contender.Need<IManyTypes>().PublishAsync((int)(task.Number % types), task);

    protected override Task StartWorkerAsync(IContender contender, Action<long> handle) => contender.Need<IManyTypes>().StartManyWorkerAsync(handle);
}
