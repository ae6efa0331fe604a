using TaskQueue.Ledger;

namespace TaskQueue.EffectLedger;

/// <summary>What one life of a process tells, in a <see cref="Book"/>: a line that was written outlives a kill -9. Thread-safe.</summary>
internal sealed class Journal(Book book)
{
    /// <summary>What takes longer than this is worth a line.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(300);

    public void Write(NoteKind kind, string key = "", long token = 0) => WriteAt(kind, key, token, Clock.Now);

    /// <param name="kind">What happened.</param>
    /// <param name="key">The effect.</param>
    /// <param name="token">The run's token.</param>
    /// <param name="at">When, where that is not now.</param>
    public void WriteAt(NoteKind kind, string key, long token, long at) => book.Write(new Note(kind, key, token, book.Name, at).ToLine());

    /// <summary>Tells that something was to be over long ago, if so.</summary>
    public void TellStall(long since)
    {
        if (Clock.Now - since is var length && length > Clock.Microseconds(Stall))
        {
            WriteAt(NoteKind.Stalled, "", length, since);
        }
    }

    /// <summary>Tells of a run from its start to its end. A process that is killed leaves no end.</summary>
    public async Task TellAsync(EffectTask task, TaskContext context, Func<Task> run, CancellationToken cancellationToken)
    {
        Write(NoteKind.Started, task.Key, context.FencingToken);
        try
        {
            await run();
        }
        catch
        {
            Write(cancellationToken.IsCancellationRequested ? NoteKind.Cancelled : NoteKind.Failed, task.Key, context.FencingToken);
            throw;
        }

        Write(NoteKind.Completed, task.Key, context.FencingToken);
    }
}
