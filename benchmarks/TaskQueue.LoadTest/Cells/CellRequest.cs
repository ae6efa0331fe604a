namespace TaskQueue.LoadTest.Cells;

/// <summary>One measurement: a contender does a workload once, in a process and a virtual host of its own.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Contender">Name of the contender.</param>
/// <param name="Broker">The virtual host.</param>
/// <param name="Scale">How long or how much, against the default of 1.</param>
/// <param name="BrokerProcesses">The broker's processes on this machine; none where they are not known.</param>
internal sealed record CellRequest(string Workload, string Contender, Uri Broker, double Scale, IReadOnlyList<int> BrokerProcesses);
