namespace TaskQueue.Ledger.Soak;

/// <summary>A kind of fault.</summary>
/// <param name="Name">In words, for the schedule.</param>
/// <param name="Lasts">Whether <see cref="Strike.Length"/> means anything to it.</param>
/// <param name="BreakAndMendAsync">Does it and makes it good; returns at the moment from which on recovery counts.</param>
internal sealed record SoakFault(string Name, bool Lasts, Func<SoakSite, Strike, Task> BreakAndMendAsync);
