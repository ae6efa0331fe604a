using TaskQueue.Tests.Support;
using Xunit;

// One broker for the run, a virtual host for each class.
[assembly: AssemblyFixture(typeof(BrokerFixture))]
