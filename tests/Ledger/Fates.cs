namespace TaskQueue.Ledger;

/// <summary>How tasks must end.</summary>
internal static class Fates
{
    /// <summary>The reason that a handler gives for <see cref="Fate.AskForDeadLetter"/>.</summary>
    public const string AskedFor = "asked-for";

    public static bool IsKiller(this Fate fate) => fate.DeadReason() == DeadLetterReasons.Poison;

    /// <summary>How many attempts the task takes, however often it is delivered: a lost worker or connection costs none.</summary>
    public static int Attempts(this Fate fate) => fate switch
    {
        Fate.FailTwice or Fate.FailAlways => 3,
        Fate.Expire => 0,
        _ => 1,
    };

    /// <summary>The reason of the dead letter as which the task must end; null when it must complete.</summary>
    public static string? DeadReason(this Fate fate) => fate switch
    {
        Fate.FailAlways => DeadLetterReasons.AttemptsExhausted,
        Fate.FailForGood => DeadLetterReasons.NotRetried,
        Fate.AskForDeadLetter => AskedFor,
        Fate.Expire => DeadLetterReasons.Expired,
        Fate.Exit or Fate.FailFast or Fate.Kill or Fate.OverflowStack or Fate.ExhaustMemory => DeadLetterReasons.Poison,
        _ => null,
    };
}
