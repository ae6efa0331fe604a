using TaskQueue.Tests.Support;
using Xunit;

// One server for the run, a database for each class; and one broker, a virtual host for each class.
[assembly: AssemblyFixture(typeof(PostgreSqlFixture))]
[assembly: AssemblyFixture(typeof(BrokerFixture))]
