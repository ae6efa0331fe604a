namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Whether all threads of the pool are blocked, told by a sign of life that does not come. Soon where the process does nothing meanwhile; where it
/// computes, its threads may only be short of processors (a narrow limit of a container, a busy machine), which more of them would make worse, and have two seconds.
/// </summary>
/// <param name="comesWithin">Waits that long at most, and says whether the sign has come.</param>
/// <param name="processorTime">What the process has used so far.</param>
internal sealed class PoolPatience(Func<TimeSpan, bool> comesWithin, Func<TimeSpan> processorTime)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    // A tenth of one processor.
    private static readonly TimeSpan Nothing = Window / 10;

    // A container that has used up its share stands still for a window, and a machine that is short of processors for some; half a second is long for that, and
    // short for a connection.
    private const int EnoughWindows = 10;

    public bool IsOver()
    {
        var windowsOfNothing = 0;
        for (var waited = TimeSpan.Zero; waited < Longest && windowsOfNothing < EnoughWindows; waited += Window)
        {
            var before = processorTime();
            if (comesWithin(Window))
            {
                return false;
            }

            windowsOfNothing = processorTime() - before < Nothing ? windowsOfNothing + 1 : 0;
        }

        return true;
    }
}
