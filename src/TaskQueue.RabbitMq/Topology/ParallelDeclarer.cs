namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Declares the parts of a plan at the same time, each in its own order (<see cref="TopologyDeclarer"/>). Like that one it goes on after a refusal, but for a
/// missing permission; <see cref="ThrowIfRefused"/> then tells all refusals. For one use.
/// </summary>
internal sealed class ParallelDeclarer(TopologyChannels channels)
{
    private readonly List<string> _faults = [];

    /// <param name="parts">Parts that do not need each other.</param>
    /// <param name="leftOvers">As there.</param>
    /// <exception cref="TopologyException">The user lacks a permission.</exception>
    public async Task DeclareAsync(IReadOnlyList<TopologyPlan> parts, ILookup<string, string>? leftOvers = null)
    {
        var faults = new IReadOnlyList<string>[parts.Count];
        await channels.ForEachAsync(Enumerable.Range(0, parts.Count), async (channel, part) =>
            faults[part] = await DeclareAsync(channel, parts[part], leftOvers).ConfigureAwait(false)).ConfigureAwait(false);
        _faults.AddRange(faults.SelectMany(of => of));
    }

    /// <summary>Declares a plan none of whose exchanges needs another, and none of whose bindings the order.</summary>
    /// <exception cref="TopologyException">The user lacks a permission.</exception>
    public async Task DeclareUnorderedAsync(TopologyPlan plan)
    {
        await DeclareAsync([.. plan.Exchanges.Select(exchange => new TopologyPlan([exchange], [], []))]).ConfigureAwait(false);
        await DeclareAsync([.. plan.Queues.Select(queue => new TopologyPlan([], [queue], []))]).ConfigureAwait(false);
        await DeclareAsync([.. plan.Bindings.Select(binding => new TopologyPlan([], [], [binding]))]).ConfigureAwait(false);
    }

    /// <exception cref="TopologyException">The broker refused a part of it.</exception>
    public void ThrowIfRefused()
    {
        if (_faults.Count > 0)
        {
            throw TopologyFaults.ToException(_faults);
        }
    }

    private static async Task<IReadOnlyList<string>> DeclareAsync(TopologyChannel channel, TopologyPlan part, ILookup<string, string>? leftOvers)
    {
        try
        {
            await new TopologyDeclarer(channel).DeclareAsync(part, leftOvers).ConfigureAwait(false);
            return [];
        }
        catch (TopologyException exception) when (!TopologyFaults.IsForbidden(exception))
        {
            return exception.Differences;
        }
    }
}
