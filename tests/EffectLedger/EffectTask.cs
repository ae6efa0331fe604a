namespace TaskQueue.EffectLedger;

/// <summary>To have its effect exactly once.</summary>
/// <param name="Key">Its effect: the idempotency key of all its copies, or their common id.</param>
/// <param name="Failures">Attempts that fail before one succeeds.</param>
/// <param name="Milliseconds">How long its handler takes.</param>
/// <param name="IsDeaf">Whether its handler ignores its token, and goes on after its lease is lost.</param>
public sealed record EffectTask(string Key, int Failures, int Milliseconds, bool IsDeaf);
