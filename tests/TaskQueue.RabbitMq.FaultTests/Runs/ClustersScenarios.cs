using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>Scenarios that need a cluster: one after the other, on one cluster, and one broker for what is to be compared, beside those of the other collections.</summary>
[CollectionDefinition(nameof(ClustersScenarios))]
public sealed class ClustersScenarios : ICollectionFixture<BrokerCluster>, ICollectionFixture<FaultyBroker>;
