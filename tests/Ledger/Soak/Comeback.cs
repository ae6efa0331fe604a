namespace TaskQueue.Ledger.Soak;

/// <summary>What a site has recovered to, a while after a fault.</summary>
/// <param name="Slowest">How long the slowest sign of life took.</param>
/// <param name="Of">Whose sign that is, and which.</param>
/// <param name="Missing">Who has not shown what in time; empty when all have.</param>
internal sealed record Comeback(TimeSpan Slowest, string Of, IReadOnlyList<string> Missing)
{
    public bool IsComplete => Missing.Count == 0;

    public override string ToString() =>
        IsComplete ? $"{Slowest.TotalSeconds:F1} s" : $"NOT RECOVERED: {string.Join(", ", Missing.Take(4))}{(Missing.Count > 4 ? " …" : "")}";

    /// <param name="signs">What has been seen.</param>
    /// <param name="expected">Each process and what it has to show.</param>
    /// <param name="account">The account so far.</param>
    public static Comeback From(SignsOfLife signs, IReadOnlyList<(string Process, string What)> expected, Account account)
    {
        var found = expected.Select(sign => (Name: $"{sign.Process} {sign.What}", Took: signs.Find(sign.Process, sign.What, account))).ToList();
        var slowest = found.MaxBy(sign => sign.Took ?? TimeSpan.Zero);
        return new Comeback(slowest.Took ?? TimeSpan.Zero, slowest.Name, [.. found.Where(sign => sign.Took is null).Select(sign => sign.Name)]);
    }
}
