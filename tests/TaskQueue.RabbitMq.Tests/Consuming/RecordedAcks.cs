using Xunit;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>Stands where the channel would be, and holds what it was told against the broker's rules: an unknown tag, or one settled before, closes the channel there and fails the test here.</summary>
internal sealed class RecordedAcks : IAcknowledger
{
    private readonly SortedSet<ulong> _outstanding = [];
    private readonly HashSet<ulong> _settledByUs = [];

    public List<string> Frames { get; } = [];

    public HashSet<ulong> Acked { get; } = [];

    public HashSet<ulong> GivenBack { get; } = [];

    /// <summary>How many deliveries the broker has heard of, whatever it was.</summary>
    public int Told { get; private set; }

    public void Deliver(ulong tag) => _outstanding.Add(tag);

    public void Settle(ulong tag) => _settledByUs.Add(tag);

    public void Ack(ulong tag, bool multiple)
    {
        Frames.Add($"ack {tag}{(multiple ? "*" : "")}");
        foreach (var covered in Cover(tag, multiple))
        {
            Assert.Contains(covered, _settledByUs);
            Acked.Add(covered);
        }
    }

    public void Nack(ulong tag, bool multiple)
    {
        Frames.Add($"nack {tag}{(multiple ? "*" : "")}");
        GivenBack.UnionWith(Cover(tag, multiple));
    }

    public void Reject(ulong tag)
    {
        Frames.Add($"reject {tag}");
        GivenBack.UnionWith(Cover(tag, multiple: false));
    }

    public void Refuse(ulong tag)
    {
        Frames.Add($"refuse {tag}");
        Cover(tag, multiple: false);
    }

    private List<ulong> Cover(ulong tag, bool multiple)
    {
        Assert.Contains(tag, _outstanding);
        List<ulong> covered = multiple ? [.. _outstanding.GetViewBetween(0, tag)] : [tag];
        _outstanding.ExceptWith(covered);
        Told += covered.Count;
        return covered;
    }
}
