namespace TaskQueue.Ledger;

/// <summary>Compares what was published with how it ended.</summary>
internal static class Account
{
    public static int Print(Settings run, IEnumerable<Entry> book)
    {
        var entries = book.ToLookup(entry => entry.Kind);
        var published = entries['P'].ToDictionary(entry => entry.Id, entry => Enum.Parse<Fate>(entry.Text));
        var completed = entries['C'].CountBy(entry => entry.Id).ToDictionary();
        var dead = entries['D'].GroupBy(entry => entry.Id).ToDictionary(group => group.Key, group => group.Select(entry => entry.Text).ToArray());

        var lost = published.Keys.Where(id => !completed.ContainsKey(id) && !dead.ContainsKey(id)).ToArray();
        var wrong = published.Where(task => !EndedAsItMust(task.Value, completed.GetValueOrDefault(task.Key), dead.GetValueOrDefault(task.Key, []))).Where(task => !lost.Contains(task.Key)).ToArray();
        var strangers = completed.Keys.Concat(dead.Keys).Count(id => !published.ContainsKey(id));
        var missing = run.Tasks + run.Scheduled - published.Count;

        Console.WriteLine($"published {published.Count:N0}, completed {completed.Count:N0}, dead-lettered {dead.Count:N0}");
        Console.WriteLine($"not published {missing}, lost {lost.Length}, ended wrongly (twice, or with another reason) {wrong.Length}, never published {strangers}");
        foreach (var id in lost.Take(5))
        {
            Console.WriteLine($"  lost: {id} ({published[id]})");
        }

        foreach (var (id, fate) in wrong.Take(5))
        {
            Console.WriteLine($"  wrong: {id} ({fate}) completed {completed.GetValueOrDefault(id)} times, dead [{string.Join(", ", dead.GetValueOrDefault(id, []))}]");
        }

        var lateEnough = PrintLateness(entries['S'].Where(entry => entry.Text == "scheduled").Select(entry => entry.Detail / 1000.0).Order().ToArray());
        var exact = lost.Length + wrong.Length + strangers + missing == 0 && lateEnough;
        Console.WriteLine(exact ? "the account is exact" : "THE ACCOUNT IS NOT EXACT");
        return exact ? 0 : 1;
    }

    private static bool EndedAsItMust(Fate fate, int completed, string[] dead) => fate switch
    {
        Fate.Complete or Fate.FailTwice or Fate.DeferOnce => completed == 1 && dead.Length == 0,
        Fate.FailAlways => completed == 0 && dead is [DeadLetterReasons.AttemptsExhausted],
        Fate.FailForGood => completed == 0 && dead is [DeadLetterReasons.NotRetried],
        Fate.AskForDeadLetter => completed == 0 && dead is ["asked-for"],
        Fate.Expire => completed == 0 && dead is [DeadLetterReasons.Expired],
        _ => false,
    };

    private static bool PrintLateness(double[] milliseconds)
    {
        if (milliseconds.Length == 0)
        {
            return true;
        }

        double At(double share) => milliseconds[(int)Math.Min(milliseconds.Length - 1, share * milliseconds.Length)];
        var early = milliseconds.Count(late => late < 0);
        Console.WriteLine($"scheduled: {milliseconds.Length:N0} started, {early} early, late p50 {At(0.5):F0} ms, p99 {At(0.99):F0} ms, max {milliseconds[^1]:F0} ms");
        return early == 0 && At(0.99) < 500;
    }
}
