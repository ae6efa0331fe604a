using System.Globalization;

namespace TaskQueue.Ledger.Soak;

/// <summary>
/// Publishes a few tasks a second to the queues that the load leaves alone, after a fault until it is told to stop: their consumers have to show that they are
/// back too. Owned by the run; one at a time.
/// </summary>
/// <param name="publishAsync">Publishes, and bears it when that fails.</param>
internal sealed class SpareProbes(Func<ILedgerTask, Task> publishAsync)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private int _number;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var number = (++_number).ToString(CultureInfo.InvariantCulture);
            await publishAsync(new SpareTask($"{SoakSite.Spare}{number}", Fate.Complete, 0));
            await publishAsync(new ScheduledTask($"due-{number}", Fate.Complete, 0));
            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
