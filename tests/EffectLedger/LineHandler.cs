namespace TaskQueue.EffectLedger;

/// <summary>The effect is a line in the journal, outside of the store. Written last: an attempt that fails has none.</summary>
internal sealed class LineHandler(Journal journal) : ITaskHandler<EffectTask>
{
    public Task HandleAsync(EffectTask task, TaskContext context, CancellationToken cancellationToken) =>
        journal.TellAsync(task, context, () => RunAsync(task, context, cancellationToken), cancellationToken);

    private async Task RunAsync(EffectTask task, TaskContext context, CancellationToken cancellationToken)
    {
        await Working.PassTimeAsync(task, cancellationToken);
        Working.FailIfMeantTo(task, context);
        journal.Write(NoteKind.Effect, task.Key, context.FencingToken);
    }
}
