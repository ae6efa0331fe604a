using TaskQueue.Tests.Support;

// One broker and one cluster for all scenarios, started by the first that needs it; one scenario at a time breaks them (xunit.runner.json).
[assembly: AssemblyFixture(typeof(FaultyBroker))]
[assembly: AssemblyFixture(typeof(BrokerCluster))]
