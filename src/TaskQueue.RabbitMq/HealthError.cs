namespace TaskQueue;

/// <summary>What went wrong last, and when. Kept after the recovery, for whoever looks later.</summary>
/// <param name="At">When it happened, UTC.</param>
/// <param name="Message">What happened, in a sentence, without credentials.</param>
public sealed record HealthError(DateTimeOffset At, string Message);
