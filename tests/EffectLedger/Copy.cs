namespace TaskQueue.EffectLedger;

/// <summary>One publication of a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Options">Its id and its key.</param>
/// <param name="Position">When it is its turn, among all that is published.</param>
/// <param name="Publisher">Who publishes it.</param>
internal sealed record Copy(EffectTask Task, PublishOptions Options, int Position, int Publisher);
