using TaskQueue.EffectLedger.Chaos;
using TaskQueue.Ledger;

namespace TaskQueue.EffectLedger.Accounts;

/// <summary>What all processes of a run have told. Not thread-safe.</summary>
/// <param name="folder">The run's folder.</param>
internal sealed class Journals(string folder)
{
    private readonly BookReader _books = new(folder);
    private readonly Dictionary<string, Dictionary<long, Run>> _runs = [];
    private readonly Dictionary<NoteKind, int> _counts = [];
    private readonly Dictionary<string, List<long>> _starts = [];
    private readonly HashSet<string> _completed = [];

    /// <summary>The runs of each key, in the order in which they took it.</summary>
    public IEnumerable<(string Key, IReadOnlyList<Run> Runs)> Keys => _runs.Select(pair => (pair.Key, (IReadOnlyList<Run>)[.. pair.Value.Values.OrderBy(run => run.Token)]));

    /// <summary>Keys for which a handler has returned.</summary>
    public int Completed => _completed.Count;

    /// <summary>What befell workers without anybody's doing.</summary>
    public List<Strike> Stalls { get; } = [];

    /// <summary>Starts of two handlers with one token.</summary>
    public List<string> Twice { get; } = [];

    public int Count(NoteKind kind) => _counts.GetValueOrDefault(kind);

    /// <summary>When a worker, or any, first started a handler after an instant.</summary>
    public long? FirstStart(string? process, long since) =>
        _starts.Where(starts => process is null || starts.Key == process).SelectMany(starts => starts.Value).Where(start => start >= since).Min(start => (long?)start);

    /// <summary>Reads what has been told since the last call.</summary>
    public Journals Read() => AddAll(_books.ReadNewLines().Select(Note.Parse));

    public Journals AddAll(IEnumerable<Note> notes)
    {
        foreach (var note in notes)
        {
            Add(note);
        }

        return this;
    }

    private void Add(Note note)
    {
        _counts[note.Kind] = Count(note.Kind) + 1;
        if (note.Kind == NoteKind.Started)
        {
            Start(note);
        }
        else if (note.Kind == NoteKind.Stalled)
        {
            Stalls.Add(new Strike(FaultKind.MachineStalled, ProcessOf(note), note.At, note.At + note.Token));
        }
        else if (_runs.GetValueOrDefault(note.Key)?.GetValueOrDefault(note.Token) is { } run)
        {
            Continue(run, note);
        }
    }

    private void Start(Note note)
    {
        var process = ProcessOf(note);
        _runs.TryAdd(note.Key, []);
        _starts.TryAdd(process, []);
        _starts[process].Add(note.At);
        if (!_runs[note.Key].TryAdd(note.Token, new Run(note.Token, process, note.At)))
        {
            Twice.Add($"{note.Key} was started twice with the token {note.Token}");
        }
    }

    private static string ProcessOf(Note note) => note.By[..note.By.LastIndexOf('.')];

    private void Continue(Run run, Note note)
    {
        switch (note.Kind)
        {
            case NoteKind.Effect:
                run.EffectAt = note.At;
                break;
            case NoteKind.Renewed:
                run.ExtendedAt = Math.Max(run.ExtendedAt, note.At);
                break;
            case NoteKind.Recorded or NoteKind.Refused or NoteKind.Unanswered:
                (run.Answer, run.AnsweredAt) = (note.Kind, note.At);
                break;
            case NoteKind.Completed or NoteKind.Failed or NoteKind.Cancelled:
                (run.End, run.EndedAt) = (note.Kind, note.At);
                _ = note.Kind == NoteKind.Completed && _completed.Add(note.Key);
                break;
        }
    }
}
