namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, and nothing else.</summary>
internal sealed class PublishAndDrainWorkload : ClosedLoopWorkload
{
    public const string OwnName = "publish-and-drain";

    public override string Name => OwnName;

    public override bool IsDefault => true;

    public override string? ComparedWith => null;
}
