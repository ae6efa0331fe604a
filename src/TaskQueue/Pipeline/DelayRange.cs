namespace TaskQueue.Pipeline;

/// <summary>The delays that the framework can hold: zero to ten years, the broker's limit for a message's time to live.</summary>
internal static class DelayRange
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static TimeSpan Check(TimeSpan delay, string name = "delay")
    {
        if (delay < TimeSpan.Zero || delay > Longest)
        {
            throw new ArgumentOutOfRangeException(name, delay, $"A delay is between zero and {Longest.TotalDays} days; this one is {delay}.");
        }

        return delay;
    }
}
