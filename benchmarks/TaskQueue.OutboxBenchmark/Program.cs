using TaskQueue.OutboxBenchmark;

var broker = Environment.GetEnvironmentVariable("TASKQUEUE_RABBITMQ") ?? "amqp://localhost";
var postgres = Environment.GetEnvironmentVariable("TASKQUEUE_POSTGRESQL")
    ?? throw new InvalidOperationException("TASKQUEUE_POSTGRESQL names no PostgreSQL. First: eval \"$(eng/stores.sh env postgresql)\"");
var rounds = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 3;

for (var round = 1; round <= rounds; round++)
{
    await using var site = await Site.StartAsync(broker, postgres);
    Console.WriteLine($"round {round}");
    if (!args.Contains("--latency"))
    {
        await Throughput.RunAsync(site);
    }

    await Latency.RunAsync(site, 200, 20);
}
