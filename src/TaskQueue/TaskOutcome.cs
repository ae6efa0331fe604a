namespace TaskQueue;

/// <summary>How a delivery ends. A consume pipeline returns one; a single settler carries it out on the broker.</summary>
/// <remarks>The hierarchy is closed: match it with a <c>switch</c> over the nested types.</remarks>
public abstract record TaskOutcome
{
    private TaskOutcome()
    {
    }

    /// <summary>The one instance of <see cref="Completed"/>.</summary>
    public static TaskOutcome Done { get; } = new Completed();

    /// <summary>The one instance of <see cref="GivenBack"/>: for the framework. A middleware that wants the task again later returns
    /// <see cref="Deferred"/>.</summary>
    public static TaskOutcome Returned { get; } = new GivenBack();

    /// <summary>The work is done; the delivery is acknowledged.</summary>
    public sealed record Completed : TaskOutcome;

    /// <summary>The task is dropped on purpose; the delivery is acknowledged.</summary>
    /// <param name="Reason">Why, for logs and metrics.</param>
    public sealed record Discarded(string Reason) : TaskOutcome;

    /// <summary>The attempt failed, or asked for another one; a copy with the next attempt's number comes after the delay.</summary>
    /// <param name="Delay">How long until the next attempt; zero means at once.</param>
    /// <param name="Error">What failed, or <see langword="null"/> when the handler asked for the retry.</param>
    public sealed record Retry(TimeSpan Delay, Exception? Error) : TaskOutcome;

    /// <summary>The task comes again after the delay, and no attempt is spent.</summary>
    /// <param name="Delay">How long until it comes again; zero means at once.</param>
    public sealed record Deferred(TimeSpan Delay) : TaskOutcome
    {
        /// <summary>It came before its due time, which its copy keeps, and goes round again: not a wish of the handler.</summary>
        internal bool BeforeDue { get; init; }
    }

    /// <summary>The task will not be tried again by itself; a copy with the evidence goes to the dead-letter queue.</summary>
    /// <param name="Reason">A short word from <see cref="DeadLetterReasons"/>, or the handler's own.</param>
    /// <param name="Error">What failed last, if anything was thrown.</param>
    public sealed record DeadLettered(string Reason, Exception? Error) : TaskOutcome;

    /// <summary>It did not run: it may have crashed its workers, and moves to where such tasks run one at a time. Of the consumer, not of a pipeline.</summary>
    /// <param name="Crashes">How many workers were lost over it.</param>
    internal sealed record Suspected(int Crashes) : TaskOutcome;

    /// <summary>The run threw. Of the pipeline's inner steps, which hand it out to the failure handling; nobody else sees it.</summary>
    /// <param name="Error">What was thrown.</param>
    internal sealed record Failed(Exception Error) : TaskOutcome;

    /// <summary>The worker stops, or lost its connection: the delivery goes back to its queue and spends no attempt. For the framework: at
    /// any other time it counts as a failed attempt, because the broker would deliver the task again at once, for ever. A middleware that
    /// wants the task again later returns <see cref="Deferred"/>.</summary>
    public sealed record GivenBack : TaskOutcome;
}
