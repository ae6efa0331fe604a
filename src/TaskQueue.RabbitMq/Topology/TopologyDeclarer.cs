namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Declares a plan, in its order, idempotently. Goes on after a refusal, since the rest may be fine and all differences are wanted at once,
/// and throws at the end; a missing permission ends it at once.
/// </summary>
internal sealed class TopologyDeclarer(TopologyChannel channel)
{
    private readonly List<string> _faults = [];

    /// <param name="plan">What to declare.</param>
    /// <param name="leftOvers">Queues that must not be bound with a key any longer, by that key: unbound right before the key's own queue is bound, so that a
    /// task neither arrives twice nor finds no queue for longer than one request.</param>
    /// <exception cref="TopologyException">The broker refused a part of it.</exception>
    /// <exception cref="IOException">A queue was gone before it was bound, or cannot be reached now.</exception>
    public async Task DeclareAsync(TopologyPlan plan, ILookup<string, string>? leftOvers = null)
    {
        foreach (var exchange in plan.Exchanges)
        {
            Judge("exchange", exchange.Name, await channel.DeclareAsync(exchange).ConfigureAwait(false));
        }

        foreach (var queue in plan.Queues)
        {
            Judge("queue", queue.Name, await channel.DeclareAsync(queue).ConfigureAwait(false));
        }

        await BindAsync(plan, leftOvers).ConfigureAwait(false);
        if (_faults.Count > 0)
        {
            throw TopologyFaults.ToException(_faults);
        }
    }

    private async Task BindAsync(TopologyPlan plan, ILookup<string, string>? leftOvers)
    {
        foreach (var binding in plan.Bindings)
        {
            foreach (var queue in leftOvers?[binding.RoutingKey] ?? [])
            {
                JudgeBinding(binding, await channel.UnbindAsync(queue, binding.Source, binding.RoutingKey).ConfigureAwait(false));
            }

            var refusal = await channel.BindAsync(binding).ConfigureAwait(false);
            if (refusal?.MissesQueue(binding.Destination) == true && plan.Queues.Any(queue => queue.Name == binding.Destination))
            {
                throw TopologyFaults.Vanished(binding.Destination, refusal);
            }

            JudgeBinding(binding, refusal);
        }
    }

    private void Judge(string kind, string name, Refusal? refusal)
    {
        ThrowIfEnding(kind, name, refusal);

        if (refusal is not null)
        {
            _faults.Add(TopologyFaults.Differs(kind, name, refusal));
        }
    }

    private void JudgeBinding(BindingPlan binding, Refusal? refusal)
    {
        ThrowIfEnding("binding to", binding.Destination, refusal);
        if (refusal is not null)
        {
            _faults.Add(TopologyFaults.BindingRefused(binding, refusal));
        }
    }

    private static void ThrowIfEnding(string kind, string name, Refusal? refusal)
    {
        if (refusal is { IsForbidden: true })
        {
            throw TopologyFaults.Forbidden(kind, name, refusal);
        }

        if (refusal is { IsPassing: true })
        {
            throw TopologyFaults.Unreachable(name, refusal);
        }
    }
}
