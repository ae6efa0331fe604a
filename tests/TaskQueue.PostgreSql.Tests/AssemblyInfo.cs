using TaskQueue.Tests.Support;
using Xunit;

// One server for the run, a database for each class.
[assembly: AssemblyFixture(typeof(PostgreSqlFixture))]
