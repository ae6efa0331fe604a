namespace TaskQueue.EffectLedger.Accounts;

/// <summary>One run of a handler, from its journal.</summary>
/// <param name="token">Its fencing token, and so about when it took its key.</param>
/// <param name="process">The worker, in whatever life.</param>
/// <param name="startedAt">When its handler began.</param>
internal sealed class Run(long token, string process, long startedAt)
{
    public long Token { get; } = token;

    public string Process { get; } = process;

    public long StartedAt { get; } = startedAt;

    /// <summary>When the store was last asked with success for the lease: it ends no sooner than a lease after this.</summary>
    public long ExtendedAt { get; set; } = token;

    /// <summary>When it had its effect, where that lies outside of the store.</summary>
    public long? EffectAt { get; set; }

    /// <summary>When its handler ended; null where its process was killed before, or still runs.</summary>
    public long? EndedAt { get; set; }

    public NoteKind? End { get; set; }

    /// <summary>What the store said when the effect was to be recorded; null where nothing is known of it.</summary>
    public NoteKind? Answer { get; set; }

    public long AnsweredAt { get; set; }

    /// <summary>Whether it was to give its key back: it had no effect.</summary>
    public bool HasFailed => End is NoteKind.Failed or NoteKind.Cancelled;

    public override string ToString() => $"{Token} of {Process} ({StartedAt} to {EndedAt?.ToString() ?? "its death"}, {End?.ToString() ?? "no end"}, record {Answer?.ToString() ?? "untold"})";
}
