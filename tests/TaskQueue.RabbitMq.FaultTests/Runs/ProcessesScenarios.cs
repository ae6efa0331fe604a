using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>Scenarios that break workers and publishers: one after the other, on one broker, beside those of the other collections.</summary>
[CollectionDefinition(nameof(ProcessesScenarios))]
public sealed class ProcessesScenarios : ICollectionFixture<FaultyBroker>;
