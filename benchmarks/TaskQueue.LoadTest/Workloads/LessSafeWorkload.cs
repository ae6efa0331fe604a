using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, with a safety left out.</summary>
/// <param name="name">Its name.</param>
/// <param name="start">Starts the publisher without it.</param>
internal sealed class LessSafeWorkload(string name, Func<ILessSafe, Task> start) : ClosedLoopWorkload
{
    public override string Name => name;

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    protected override Task StartPublisherAsync(IContender contender) => start(contender.Need<ILessSafe>());
}
