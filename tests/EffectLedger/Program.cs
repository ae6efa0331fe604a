using TaskQueue.EffectLedger;

// effectledger run --tasks 50000 --store postgresql|redis [--seed 7] [--workers 3] [--publishers 2] [--rate 300] [--lease 2.5]
// publishes each task one to three times, while workers, store and broker are killed and paused, and accounts for every effect at the end.
// The verbs publish and work are what it and the fault tests start as their children.
return args.FirstOrDefault() switch
{
    "run" => await new EffectRun(EffectSettings.Parse(args)).RunAsync(),
    "publish" => await EffectPublisher.RunAsync(EffectSettings.Parse(args)),
    "work" => await EffectWorker.RunAsync(EffectSettings.Parse(args)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: effectledger run --store postgresql|redis [--tasks 50000] [--seed 7] [--workers 3] [--publishers 2] [--rate 300] [--lease 2.5]");
    return 2;
}
