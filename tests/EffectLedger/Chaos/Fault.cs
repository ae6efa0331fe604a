namespace TaskQueue.EffectLedger.Chaos;

/// <summary>A kind of fault, with how to bring it about.</summary>
/// <param name="Weight">How often it comes, in proportion to the others.</param>
/// <param name="Longest">How long it lasts at most.</param>
/// <param name="BreakAndMendAsync">Does it and makes it good.</param>
internal sealed record Fault(int Weight, TimeSpan Longest, Func<EffectSite, Draw, Task> BreakAndMendAsync);
