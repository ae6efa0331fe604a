using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, while each task's effect is remembered. All other workloads do without.</summary>
internal sealed class IdempotencyWorkload(IdempotencyPlace place) : ClosedLoopWorkload
{
    public override string Name => $"idempotency-{place.ToString().ToLowerInvariant()}";

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    protected override Task StartWorkerAsync(IContender contender, Func<LoadTask, ValueTask> handle) =>
        contender.Need<IIdempotency>().StartIdempotentWorkerAsync(Concurrency, place, handle);
}
