using System.Diagnostics;

namespace TaskQueue.Ledger;

/// <summary>Tells the handlers of a run, in whatever process, that they may end (<see cref="Fate.HoldUntilReleased"/>): a file in the run's folder.</summary>
internal static class Release
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="folder">The run's.</param>
    public static void All(string folder) => File.WriteAllBytes(FileIn(folder), []);

    /// <param name="folder">The run's.</param>
    /// <param name="atMost">It returns then at the latest.</param>
    public static async Task WaitAsync(string folder, TimeSpan atMost)
    {
        for (var began = Stopwatch.GetTimestamp(); !File.Exists(FileIn(folder)) && Stopwatch.GetElapsedTime(began) < atMost;)
        {
            await Task.Delay(Pause);
        }
    }

    private static string FileIn(string folder) => Path.Combine(folder, "released");
}
