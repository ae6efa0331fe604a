using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>The same four priorities, with a queue each.</summary>
internal sealed class LanesWorkload : PriorityWorkload
{
    public override string Name => "priority-lanes";

    protected override Task StartWorkerAsync(IContender contender, Func<LoadTask, ValueTask> handle) =>
        contender.Need<ILanes>().StartWorkerWithLanesAsync(Concurrency, handle);
}
