namespace TaskQueue.LoadTest.Workloads;

/// <summary>Waits for what the handlers do. The cell's deadline ends what never comes.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    public static async Task TrueAsync(Func<bool> isTrue)
    {
        while (!isTrue())
        {
            await Task.Delay(Interval);
        }
    }
}
