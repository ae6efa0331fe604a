namespace TaskQueue.EffectLedger;

/// <summary>What a handler does beside its effect.</summary>
internal static class Working
{
    /// <summary>Takes as long as the task says, in steps between which a handler that listens would stop.</summary>
    public static async Task PassTimeAsync(EffectTask task, CancellationToken cancellationToken)
    {
        if (task.Milliseconds > 0)
        {
            await Task.Delay(task.Milliseconds, task.IsDeaf ? CancellationToken.None : cancellationToken);
        }
    }

    public static void FailIfMeantTo(EffectTask task, TaskContext context)
    {
        if (context.Attempt <= task.Failures)
        {
            throw new InvalidOperationException($"attempt {context.Attempt} fails");
        }
    }
}
