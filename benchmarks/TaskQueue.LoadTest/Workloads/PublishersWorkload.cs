using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>So many publishers in turn, each with what a process of its own would have: its connection, window and options.</summary>
/// <param name="publishers">How many.</param>
internal sealed class PublishersWorkload(int publishers) : GrowthWorkload
{
    public override string Name => $"publishers-{publishers}";

    public override GrowthStep Growth => new(GrowthAxes.Publishers, publishers, $"{publishers}");

    protected override Task StartPublisherAsync(IContender contender) => contender.Need<IManyPublishers>().StartPublishersAsync(publishers);

    protected override ValueTask PublishFirstAsync(IContender contender, int first) => contender.Need<IManyPublishers>().PublishByAsync(first, LoadTask.Create(-1));

    protected override ValueTask PublishAsync(IContender contender, LoadTask task) => contender.Need<IManyPublishers>().PublishByAsync((int)(task.Number % publishers), task);
}
