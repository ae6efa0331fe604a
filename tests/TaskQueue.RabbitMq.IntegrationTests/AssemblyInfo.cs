using TaskQueue.Tests.Support;

// One broker for the run, a virtual host for each class.
[assembly: AssemblyFixture(typeof(BrokerFixture))]
