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
                cells.Add(contender, "publish-many", ["tasks/s"]);
                cells.Add(contender, "publish-1-same-queue", ["tasks/s"]);
                cells.Add(contender, "types-10", ["tasks/s", "p50 ms", "start ms"]);
                cells.Add(contender, "priorities", ["tasks/s"]);
                cells.Add(contender, "retries", ["drained ms", "gap p50 ms", "shortest gap ms", "fresh p99 ms"]);
            }

            cells.Add("raw", "publish-1-without-confirms", ["tasks/s"]);
            cells.Add("taskqueue", "telemetry", ["tasks/s", "spans exported", "metrics exported"]);
            cells.Add("taskqueue", "delayed", ["late p50 ms", "earliest ms"]);
            cells.Add("taskqueue", "idempotency-memory", ["tasks/s"]);
            return cells;
        }
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("taskqueue")]
    public async Task A_worker_in_a_host_handles_its_first_task(string contender)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var request = new CellRequest("first-hosted-task", contender, host.AmqpUri, Tiny, BrokerProcesses: []);
        await using var started = Create(request);
        await started.StartPublisherAsync();
        await started.PublishAsync(LoadTask.Create(0));

        var measured = await WorkloadList.Find(request.Workload).RunAsync(started, request);

        Assert.True(measured[FirstTaskWorkload.Clock] > 0);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_workload_has_its_figures(string contender, string workload, string[] figures)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var request = new CellRequest(workload, contender, host.AmqpUri, Tiny, BrokerProcesses: []);
        await using var started = Create(request);

        var measured = await WorkloadList.Find(workload).RunAsync(started, request);

        Assert.All(figures, figure => Assert.True(measured[figure] > 0, $"'{figure}' is {measured[figure]}."));
        Assert.DoesNotContain(Cost.BrokerCpu, measured.Keys);
    }

    private static IContender Create(CellRequest request) => request.Contender == "raw" ? new RawContender(request.Broker) : new TaskQueueContender(request.Broker);
}
