using System.Diagnostics;

namespace PhotoService.Demo;

/// <summary>What must be, or become, true; else the demo has failed.</summary>
internal static class Expect
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Fails unless the condition holds.</summary>
    public static void That(bool condition, string expectation)
    {
        if (!condition)
            throw new DemoFailedException($"expected {expectation}");
    }

    /// <summary>Asks again and again until there is an answer.</summary>
    public static async Task<T> SoonAsync<T>(string expectation, Func<Task<T?>> ask)
        where T : class
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < Deadline)
        {
            if (await ask() is { } answer)
                return answer;

            await Task.Delay(Pause);
        }

        throw new DemoFailedException($"expected {expectation} within {Deadline.TotalMinutes} minutes");
    }
}
