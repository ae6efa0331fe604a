namespace TaskQueue.Handlers;

/// <summary>
/// Reads a retry policy from configuration. The keys choose its kind: <c>Delays:0…n</c> a ladder, <c>Delay</c> (and <c>MaxAttempts</c>) a fixed
/// delay, <c>First</c>, <c>Cap</c> and <c>MaxAttempts</c> an exponential one; what is left out of the last two is that of the default policy.
/// </summary>
internal static class RetryConfiguration
{
    private const int DefaultMaxAttempts = 5;
    private static readonly TimeSpan DefaultFirst = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultCap = TimeSpan.FromMinutes(10);

    public static RetryPolicy? Read(SectionReader section, ICollection<string> faults)
    {
        var faultsBefore = faults.Count;
        var maxAttempts = section.Number("MaxAttempts");
        var first = section.Duration("First");
        var cap = section.Duration("Cap");
        var delay = section.Duration("Delay");
        var delays = section.Durations("Delays");
        section.ReportUnknown();

        var exponential = first is not null || cap is not null;
        if ((exponential && (delay is not null || delays.Count > 0)) || (delays.Count > 0 && (delay is not null || maxAttempts is not null)))
        {
            faults.Add($"The configuration section '{section.Path}' mixes kinds of retry: give 'MaxAttempts', 'First' and 'Cap' (exponential), or "
                + "'MaxAttempts' and 'Delay' (fixed), or 'Delays' (a ladder, whose length is the number of retries).");
        }

        return faults.Count > faultsBefore ? null : Create(section, faults, () =>
            delays.Count > 0 ? RetryPolicy.Ladder([.. delays])
            : delay is { } pause ? RetryPolicy.Fixed(maxAttempts ?? DefaultMaxAttempts, pause)
            : RetryPolicy.Exponential(maxAttempts ?? DefaultMaxAttempts, first ?? DefaultFirst, cap ?? DefaultCap));
    }

    private static RetryPolicy? Create(SectionReader section, ICollection<string> faults, Func<RetryPolicy> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException e)
        {
            faults.Add($"The configuration section '{section.Path}' is no retry policy: {e.Message}");
            return null;
        }
    }
}
