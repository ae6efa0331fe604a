using TaskQueue.EffectLedger.Chaos;

namespace TaskQueue.EffectLedger.Accounts;

/// <summary>
/// Says of two runs of one key whether the later one was allowed, by what has happened between them and by nothing else. What the faults of the run do not explain is wrong, and so is
/// what docs/idempotency.md does not name. Stateless.
/// </summary>
internal sealed class Judge(FaultHistory faults, TimeSpan lease)
{
    /// <summary>A Redis with <c>appendfsync everysec</c> writes every second, and puts that off by two more while its disk is busy.</summary>
    private static readonly TimeSpan RedisMemory = TimeSpan.FromSeconds(3);

    private readonly long _lease = Clock.Microseconds(lease);

    /// <summary>When a run has ended for certain.</summary>
    public long EndOf(Run run) => run.EndedAt ?? faults.KillOf(run.Process, run.StartedAt) ?? long.MaxValue;

    /// <summary>Of two runs side by side.</summary>
    public Verdict? Overlap(Run first, Run second)
    {
        if (first.StartedAt >= EndOf(second) || second.StartedAt >= EndOf(first))
        {
            return null;
        }

        return HasLostLease(first, second.Token) ? Verdict.Right("beside one that had lost its lease") : Verdict.Wrong("side by side");
    }

    /// <summary>Of the next run that took the key.</summary>
    /// <param name="first">Who had it.</param>
    /// <param name="second">Who took it.</param>
    /// <param name="gaveBack">Whether the first one was to give it back at its end.</param>
    public Verdict Taking(Run first, Run second, bool gaveBack) =>
        gaveBack && first.EndedAt <= second.Token ? Verdict.Right("after it was given back")
        : second.Token >= first.ExtendedAt + _lease ? Verdict.Right("after its lease had ended")
        : faults.MayHaveForgotten(first.ExtendedAt, second.Token, RedisMemory) ? Verdict.Right("after Redis had forgotten the lease in a crash")
        : Verdict.Wrong($"taken while its lease ran, {second.Token - first.ExtendedAt} us after it was extended");

    /// <summary>Of a run that had an effect in Redis' care, after which another one took the key.</summary>
    public Verdict Repetition(Run first, Run second) => first.Answer switch
    {
        NoteKind.Recorded => faults.MayHaveForgotten(first.AnsweredAt, second.Token, RedisMemory)
            ? Verdict.Right("Redis crashed within the second after the record")
            : Verdict.Wrong("taken again although it was recorded"),
        NoteKind.Refused or NoteKind.Unanswered when HasLostLease(first, first.AnsweredAt) => Verdict.Right("its lease was lost before the effect was recorded"),
        NoteKind.Refused when faults.MayHaveForgotten(first.ExtendedAt, first.AnsweredAt, RedisMemory) => Verdict.Right("Redis had forgotten its lease in a crash"),
        _ when faults.KillOf(first.Process, first.StartedAt) is { } death && (first.Answer is null || death >= first.AnsweredAt) && death - first.EffectAt < _lease + Clock.Microseconds(Patience) =>
            Verdict.Right("its worker was killed between effect and record"),
        _ when faults.StoreWasAway(first.EffectAt ?? first.StartedAt, second.Token) => Verdict.Right("Redis was away when the effect was to be recorded"),
        _ => Verdict.Wrong("not recorded for no reason"),
    };

    /// <summary>How long a worker waits for an answer.</summary>
    private static TimeSpan Patience { get; } = TimeSpan.FromSeconds(6);

    // It renews at a third of the lease: one that was silent for half of it may have come too late.
    private bool HasLostLease(Run run, long by) => by - run.Token >= _lease && faults.LongestSilence(run.Process, run.Token, by) >= _lease / 2;
}
