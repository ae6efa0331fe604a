using System.Text;
using TaskQueue.EffectLedger.Chaos;

namespace TaskQueue.EffectLedger.Accounts;

/// <summary>
/// The account of a run: what was to happen, what has happened, and what explains each difference. It is exact when there is nothing that is not explained.
/// Not thread-safe.
/// </summary>
internal sealed class Account
{
    private const int MostFaultsShown = 20;

    private readonly EffectSettings _settings;
    private readonly Journals _journals;
    private readonly FaultHistory _faults;
    private readonly Judge _judge;
    private readonly Dictionary<string, List<long>> _effects;
    private readonly SortedDictionary<string, int> _overlaps = [];
    private readonly SortedDictionary<string, int> _repetitions = [];
    private readonly List<string> _wrongs = [];

    /// <param name="settings">Of the run.</param>
    /// <param name="journals">What its processes have told.</param>
    /// <param name="faults">What was broken.</param>
    /// <param name="committed">The effects in PostgreSQL, where it is the store.</param>
    public Account(EffectSettings settings, Journals journals, FaultHistory faults, IEnumerable<(string Key, long Token)> committed)
    {
        (_settings, _journals, _faults) = (settings, journals, faults);
        _judge = new Judge(faults, TimeSpan.FromSeconds(settings.Lease));
        _effects = (settings.Store == StoreKind.PostgreSql ? committed : Told()).GroupBy(effect => effect.Key).ToDictionary(group => group.Key, group => group.Select(effect => effect.Token).Order().ToList());
        _wrongs.AddRange(journals.Twice);
        journals.Stalls.ForEach(faults.Add);
        Compare();
        foreach (var (key, runs) in journals.Keys)
        {
            JudgeRuns(key, runs);
        }
    }

    /// <summary>Keys with just as many effects.</summary>
    public int KeysWith(Func<int, bool> effects) => _effects.Values.Count(tokens => effects(tokens.Count));

    /// <summary>Runs beside one that had lost its lease.</summary>
    public int Overlaps => _overlaps.Values.Sum();

    public IReadOnlyList<string> Wrongs => _wrongs;

    public bool IsExact => _wrongs.Count == 0;

    /// <summary>Adds what is wrong for a reason that the journals do not know.</summary>
    public void Require(bool isRight, string what) => _wrongs.AddRange(isRight ? [] : [what]);

    public override string ToString()
    {
        var text = new StringBuilder()
            .AppendLine($"tasks {_settings.Tasks:N0}, copies {_journals.Count(NoteKind.Published):N0} (published again after an error {_journals.Count(NoteKind.NotPublished):N0})")
            .AppendLine($"keys with one effect {KeysWith(count => count == 1):N0}, with more {KeysWith(count => count > 1):N0}, with none {_settings.Tasks - _effects.Count:N0}")
            .AppendLine($"runs {_journals.Count(NoteKind.Started):N0}: completed {_journals.Count(NoteKind.Completed):N0}, failed {_journals.Count(NoteKind.Failed):N0}, cancelled {_journals.Count(NoteKind.Cancelled):N0}")
            .AppendLine($"duplicates discarded {_journals.Count(NoteKind.Duplicate):N0}, deliveries put off {_journals.Count(NoteKind.Deferred):N0}, leases lost {_journals.Count(NoteKind.LeaseLost):N0}")
            .AppendLine($"runs beside another one: {Text(_overlaps)}")
            .AppendLine($"effects beyond the first: {Text(_repetitions)}")
            .AppendLine($"faults: {Text(new SortedDictionary<string, int>(_faults.Strikes.GroupBy(strike => $"{strike.Kind}").ToDictionary(group => group.Key, group => group.Count())))}")
            .AppendLine($"longest until a handler started again: {LongestRecovery()}");
        foreach (var wrong in _wrongs.Take(MostFaultsShown))
        {
            text.AppendLine($"WRONG: {wrong}");
        }

        return text.Append(IsExact ? "the account is exact" : $"THE ACCOUNT IS NOT EXACT: {_wrongs.Count:N0} faults").ToString();
    }

    private static string Text(SortedDictionary<string, int> counts) => counts.Count == 0 ? "none" : string.Join(", ", counts.Select(pair => $"{pair.Value:N0} {pair.Key}"));

    private IEnumerable<(string Key, long Token)> Told() =>
        _journals.Keys.SelectMany(key => key.Runs.Where(run => run.EffectAt is not null).Select(run => (key.Key, run.Token)));

    /// <summary>With the plan.</summary>
    private void Compare()
    {
        var copies = Plan.Of(_settings);
        var keys = copies.Select(copy => copy.Task.Key).ToHashSet();
        Require(_journals.Count(NoteKind.Published) == copies.Count, $"{_journals.Count(NoteKind.Published)} of {copies.Count} copies were published");
        _wrongs.AddRange(keys.Where(key => !_effects.ContainsKey(key)).Select(key => $"{key} has no effect"));
        _wrongs.AddRange(_effects.Keys.Where(key => !keys.Contains(key)).Select(key => $"{key} was never published"));
    }

    private void JudgeRuns(string key, IReadOnlyList<Run> runs)
    {
        for (var second = 1; second < runs.Count; second++)
        {
            Judge(key, runs[second], _judge.Taking(runs[second - 1], runs[second], GaveBack(key, runs[second - 1])), counts: null);
            for (var first = 0; first < second; first++)
            {
                Judge(key, runs[second], _judge.Overlap(runs[first], runs[second]), _overlaps);
            }
        }

        if (_effects.GetValueOrDefault(key) is { } tokens)
        {
            JudgeEffects(key, runs, tokens);
        }
    }

    // Its last run is the one whose effect counts: any other one was followed by a run that could take the key.
    private void JudgeEffects(string key, IReadOnlyList<Run> runs, List<long> tokens)
    {
        if (_settings.Store == StoreKind.PostgreSql)
        {
            Require(tokens.Count == 1, $"{key} has {tokens.Count} effects");
            Require(runs[^1].Token == tokens[^1], $"{key} ran again with {runs[^1].Token} after it was done by {tokens[^1]}");
            return;
        }

        for (var index = 0; index + 1 < runs.Count; index++)
        {
            if (runs[index].EffectAt is not null)
            {
                Judge(key, runs[index + 1], _judge.Repetition(runs[index], runs[index + 1]), tokens[^1] > runs[index].Token ? _repetitions : null);
            }
        }
    }

    // In a unit of work a handler may return and its commit fail: then the key is given back.
    private bool GaveBack(string key, Run run) =>
        run.HasFailed || (_settings.Store == StoreKind.PostgreSql && run.End == NoteKind.Completed && _effects.GetValueOrDefault(key)?.Contains(run.Token) != true);

    private void Judge(string key, Run run, Verdict? verdict, SortedDictionary<string, int>? counts)
    {
        if (verdict is { IsRight: false })
        {
            _wrongs.Add($"{key}, run {run}: {verdict.What}");
        }
        else if (verdict is not null && counts is not null)
        {
            counts[verdict.What] = counts.GetValueOrDefault(verdict.What) + 1;
        }
    }

    private string LongestRecovery()
    {
        var recoveries = _faults.Strikes.Where(strike => strike.Kind != FaultKind.MachineStalled).Select(strike => (Strike: strike, Start: _journals.FirstStart(strike.Target.StartsWith("worker", StringComparison.Ordinal) ? strike.Target : null, strike.To)))
            .Where(pair => pair.Start is not null).Select(pair => (pair.Strike.Kind, Seconds: (pair.Start!.Value - pair.Strike.To) / 1e6)).ToList();
        var longest = recoveries.MaxBy(recovery => recovery.Seconds);
        return recoveries.Count == 0 ? "no fault" : $"{longest.Seconds:F1} s, after {longest.Kind}";
    }
}
