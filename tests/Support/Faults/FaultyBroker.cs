namespace TaskQueue.Tests.Support;

/// <summary>A broker that a test may break: one node. Started when the first test asks for it, shared by all that follow.</summary>
public sealed class FaultyBroker : FaultySite
{
    /// <summary>The only node. <see cref="FaultySite.ReadyAsync"/> comes first.</summary>
    public BrokerNode Node => Nodes[0];

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<BrokerNode>> StartAsync() => [await BrokerNode.CreateAsync("taskqueue")];
}
