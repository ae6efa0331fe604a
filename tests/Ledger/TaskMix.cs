namespace TaskQueue.Ledger;

/// <summary>A mix of task types, fates, priorities and delays, the same for the same random numbers. Stateless.</summary>
internal static class TaskMix
{
    private static readonly TaskPriority[] Priorities = Enum.GetValues<TaskPriority>();

    /// <param name="id">The task's id.</param>
    /// <param name="random">Decides everything else.</param>
    /// <param name="longestDelayMilliseconds">A fifth is delayed by this at most.</param>
    public static (ILedgerTask Task, PublishOptions Options) Next(string id, Random random, int longestDelayMilliseconds = 20_000)
    {
        var fate = NextFate(random);
        var priority = random.GetItems(Priorities, 1)[0];
        var delay = random.Next(5) == 0 ? TimeSpan.FromMilliseconds(random.Next(100, longestDelayMilliseconds)) : (TimeSpan?)null;
        var options = fate == Fate.Expire
            ? new PublishOptions { TaskId = id, Priority = priority, Delay = TimeSpan.FromSeconds(1), ExpiresAfter = TimeSpan.FromTicks(1) }
            : new PublishOptions { TaskId = id, Priority = priority, Delay = delay };
        return (NextTask(id, fate, random), options);
    }

    private static Fate NextFate(Random random) => random.Next(100) switch
    {
        < 70 => Fate.Complete,
        < 80 => Fate.FailTwice,
        < 84 => Fate.FailAlways,
        < 88 => Fate.FailForGood,
        < 92 => Fate.AskForDeadLetter,
        < 98 => Fate.DeferOnce,
        _ => Fate.Expire,
    };

    private static ILedgerTask NextTask(string id, Fate fate, Random random) => random.Next(10) switch
    {
        < 5 => new PlainTask(id, fate, new string('x', random.Next(200))),
        < 9 => new LanedTask(id, fate, [1, 2, random.Next()]),
        _ => new SlowTask(id, fate, random.Next(20)),
    };
}
