using TaskQueue.Ledger;
using TaskQueue.Ledger.Soak;

// ledger run --tasks 100000 --scheduled 20000 --publishers 3 --workers 3 [--seed 7] [--rabbitmq amqp://…]
// publishes from several processes, works in several others, and accounts for every task at the end: first the mixed tasks, then the
// scheduled ones, whose lateness is only of interest while the machine keeps up.
// ledger soak --minutes 30 --seed 7 [--cluster true] [--rabbitmq amqp://…]
// publishes and works for as long as that, breaks everything in turn, and accounts for every task at the end.
// The verbs publish, load and work are what it and the fault tests start as their children.
return args.FirstOrDefault() switch
{
    "run" => await RunAsync(Settings.Parse(args)),
    "soak" => await new SoakRun(Settings.Parse(args).ForSoak()).RunAsync(),
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
    Console.Error.WriteLine("       ledger soak --minutes 30 [--seed 7] [--cluster true] [--rabbitmq amqp://localhost]");
    return 2;
}
