using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks with bodies of such a size; of large ones fewer are under way, and their latency is taken at a lower rate.</summary>
/// <param name="label">The size, for the name and the table.</param>
/// <param name="bytes">The size.</param>
internal sealed class BodyWorkload(string label, int bytes) : GrowthWorkload
{
    private const int MostBytesOutstanding = 32_000_000;
    private const double BytesPerSecond = 10_000_000;

    private readonly string _text = new('x', bytes);

    public override string Name => $"body-{label.ToLowerInvariant()}";

    public override GrowthStep Growth => new(GrowthAxes.Body, bytes, label);

    protected override int Outstanding => Math.Min(base.Outstanding, MostBytesOutstanding / bytes);

    protected override double Rate => Math.Min(base.Rate, BytesPerSecond / bytes);

    protected override ValueTask PublishAsync(IContender contender, LoadTask task) => contender.PublishAsync(task with { Text = _text });
}
