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
        var pieces = parts.Select(part => new Piece(part)).ToList();
        await channels.ForEachAsync(pieces, (channel, piece) => piece.DeclareAsync(channel, leftOvers)).ConfigureAwait(false);
        _faults.AddRange(pieces.SelectMany(piece => piece.Faults));
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

    // Its faults stay with it, so that they are told in the order of the plan.
    private sealed class Piece(TopologyPlan plan)
    {
        public IReadOnlyList<string> Faults { get; private set; } = [];

        public async Task DeclareAsync(TopologyChannel channel, ILookup<string, string>? leftOvers)
        {
            try
            {
                await new TopologyDeclarer(channel).DeclareAsync(plan, leftOvers).ConfigureAwait(false);
            }
            catch (TopologyException exception) when (!TopologyFaults.IsForbidden(exception))
            {
                Faults = exception.Differences;
            }
        }
    }
}
