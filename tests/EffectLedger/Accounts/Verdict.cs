namespace TaskQueue.EffectLedger.Accounts;

/// <summary>What a judge says of two runs of one key.</summary>
/// <param name="IsRight">Whether it is allowed.</param>
/// <param name="What">What it is.</param>
internal sealed record Verdict(bool IsRight, string What)
{
    public static Verdict Right(string what) => new(true, what);

    public static Verdict Wrong(string what) => new(false, what);
}
