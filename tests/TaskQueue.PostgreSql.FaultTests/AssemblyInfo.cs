using TaskQueue.Tests.Support;

// One broker for the run, a virtual host and a database for each class.
[assembly: AssemblyFixture(typeof(BrokerFixture))]
