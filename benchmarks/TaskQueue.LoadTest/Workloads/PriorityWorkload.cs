using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, with four priorities in turn: what priorities cost in one queue.</summary>
internal class PriorityWorkload : ClosedLoopWorkload
{
    // TaskQueue's, which straddle the two classes of RabbitMQ before 4.3.
    private static readonly byte[] Levels = [1, 4, 7, 9];

    public override string Name => "priorities";

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    protected override ValueTask PublishAsync(IContender contender, LoadTask task) =>
        contender.Need<IPriorities>().PublishAsync(task, Levels[task.Number % Levels.Length]);
}
