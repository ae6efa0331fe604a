using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger;

/// <summary>Tells the handlers of a run, in whatever process, that they may end (<see cref="Fate.HoldUntilReleased"/>): a file in the run's folder.</summary>
internal static class Release
{
    /// <param name="folder">The run's.</param>
    public static void All(string folder) => File.WriteAllBytes(FileIn(folder), []);

    /// <param name="folder">The run's.</param>
    /// <param name="atMost">How long; it fails where the run has not released it by then.</param>
    public static Task WaitAsync(string folder, TimeSpan atMost) => Eventually.TrueAsync(() => File.Exists(FileIn(folder)), $"the release of the handlers of '{folder}'", atMost);

    private static string FileIn(string folder) => Path.Combine(folder, "released");
}
