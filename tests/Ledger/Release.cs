using System.Diagnostics;

namespace TaskQueue.Ledger;

/// <summary>Tells the handlers of a run, in whatever process, that they may end (<see cref="Fate.HoldUntilReleased"/>): a file in the run's folder.</summary>
internal static class Release
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="folder">The run's.</param>
    public static void All(string folder) => File.WriteAllBytes(FileIn(folder), []);

    /// <param name="folder">The run's.</param>
    /// <param name="atMost">How long.</param>
    /// <exception cref="TimeoutException">The run has not released it by then.</exception>
    public static async Task WaitAsync(string folder, TimeSpan atMost)
    {
        for (var began = Stopwatch.GetTimestamp(); !File.Exists(FileIn(folder)); await Task.Delay(Pause))
        {
            if (Stopwatch.GetElapsedTime(began) > atMost)
            {
                throw new TimeoutException($"Nothing has released the handlers of '{folder}' within {atMost}.");
            }
        }
    }

    private static string FileIn(string folder) => Path.Combine(folder, "released");
}
