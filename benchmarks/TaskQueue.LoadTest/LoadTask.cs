namespace TaskQueue.LoadTest;

/// <summary>The task that every contender publishes and handles: with <see cref="Filler"/> its MessagePack body has about 256 bytes.</summary>
/// <param name="Number">Tells tasks of one cell apart.</param>
/// <param name="SentAt">When it was published, was to be, or is due: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> of the one process that publishes and handles.</param>
/// <param name="Text">The filler.</param>
public sealed record LoadTask(long Number, long SentAt, string Text)
{
    public static string Filler { get; } = new('x', 205);

    /// <summary>Whether it only makes the queue: a contender may publish one before all others. A method, since a property would be part of the body.</summary>
    public bool IsFirst() => Number < 0;

    public static LoadTask Create(long number, long sentAt = 0) => new(number, sentAt, Filler);
}
