using TaskQueue.Ledger;

// ledger run --tasks 100000 --scheduled 20000 --publishers 3 --workers 3 [--seed 7] [--rabbitmq amqp://…]
// publishes from several processes, works in several others, and accounts for every task at the end: first the mixed tasks, then the
// scheduled ones, whose lateness is only of interest while the machine keeps up.
// The verbs publish, load and work are what it and the fault tests start as their children.
return args.FirstOrDefault() switch
{
    "run" => await RunAsync(Settings.Parse(args)),
    "publish" => await PublisherProcess.PublishAsync(Settings.Parse(args)),
    "load" => await PublisherProcess.LoadAsync(Settings.Parse(args)),
    "work" => await WorkerProcess.RunAsync(Settings.Parse(args)),
    _ => Usage(),
};

static async Task<int> RunAsync(Settings settings) =>
    Math.Max(
        await new LedgerRun(settings with { Scheduled = 0 }).RunAsync(),
        await new LedgerRun(settings with { Tasks = 0 }).RunAsync());

static int Usage()
{
    Console.Error.WriteLine("usage: ledger run --tasks 100000 --scheduled 20000 --publishers 3 --workers 3 [--seed 7] [--rabbitmq amqp://localhost]");
    return 2;
}
