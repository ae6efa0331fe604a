namespace TaskQueue;

/// <summary>The copies by which retries, deferrals and dead letters are settled. While one fails it is tried again, its task stays unacknowledged
/// and holds a place of the prefetch.</summary>
/// <param name="Failing">Copies that have failed and not succeeded since.</param>
/// <param name="Since">Since when the one among them has failed that has done so longest, UTC; null when none fails.</param>
/// <param name="LastError">Why the last one failed; null when that never happened.</param>
public sealed record SettlingHealth(int Failing, DateTimeOffset? Since, HealthError? LastError);
