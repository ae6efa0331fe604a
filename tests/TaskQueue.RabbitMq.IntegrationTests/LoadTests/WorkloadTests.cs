using TaskQueue.LoadTest;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.LoadTests;

/// <summary>The load test measures, with the smallest of loads: what it is about is in its figures, whatever they are.</summary>
[Trait("Broker", "Newest")]
public sealed class WorkloadTests(BrokerFixture broker)
{
    private const double Tiny = 0.03;

    public static TheoryData<string, string, string[]> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, string[]>();
            foreach (var contender in new[] { "raw", "taskqueue" })
            {
                cells.Add(contender, "publish-64", ["tasks/s", "client CPU s/10k", "allocated B/task", "p50 ms", "p99 ms"]);
                cells.Add(contender, "drain-16", ["tasks/s", "client CPU s/10k", "allocated B/task"]);
                cells.Add(contender, "latency-500", ["tasks/s", "p50 ms", "p99 ms"]);
                cells.Add(contender, "retries", ["drained ms", "gap p50 ms", "shortest gap ms", "fresh p99 ms"]);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_workload_has_its_figures(string contender, string workload, string[] figures)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var request = new CellRequest(workload, contender, host.AmqpUri, Tiny, BrokerProcesses: []);
        await using IContender started = contender == "raw" ? new RawContender(request.Broker) : new TaskQueueContender(request.Broker);

        var measured = await WorkloadList.Find(workload).RunAsync(started, request);

        Assert.All(figures, figure => Assert.True(measured[figure] > 0, $"'{figure}' is {measured[figure]}."));
        Assert.DoesNotContain(Cost.BrokerCpu, measured.Keys);
    }
}
