namespace TaskQueue.Ledger;

/// <summary>The ways in which a task ends the process that runs it.</summary>
internal static class Killing
{
    public static void This(Fate fate)
    {
        switch (fate)
        {
            case Fate.Exit:
                Environment.Exit(1);
                break;
            case Fate.FailFast:
                Environment.FailFast("The task asks for it.");
                break;
            case Fate.Kill:
                Signals.Kill(Environment.ProcessId);
                break;
            case Fate.OverflowStack:
                Overflow(depth: 0);
                break;
            case Fate.ExhaustMemory:
                ExhaustMemory();
                break;
        }
    }

    private static int Overflow(int depth) => depth < 0 ? 0 : Overflow(depth + 1) + Overflow(depth + 2);

    // In a thread of its own: thrown within a handler, the error would be one failed attempt, and its memory free again.
    private static void ExhaustMemory()
    {
        var eating = new Thread(() =>
        {
            for (var eaten = new List<byte[]>(); ;)
            {
                eaten.Add(new byte[1 << 20]);
            }
        });
        eating.Start();
        eating.Join();
    }
}
