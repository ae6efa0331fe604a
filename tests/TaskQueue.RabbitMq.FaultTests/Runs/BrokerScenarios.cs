using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>Scenarios that break a broker and the way to it: one after the other, on one broker, beside those of the other collections.</summary>
[CollectionDefinition(nameof(BrokerScenarios))]
public sealed class BrokerScenarios : ICollectionFixture<FaultyBroker>;
