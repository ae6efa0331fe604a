namespace TaskQueue;

/// <summary>The base of all errors that the framework throws. <see cref="Exception.HelpLink"/> names the error's section in <c>docs/errors.md</c>.</summary>
public abstract class TaskQueueException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="anchor">The error's section in <c>docs/errors.md</c>.</param>
    /// <param name="message">What failed, what was expected, what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    private protected TaskQueueException(string anchor, string message, Exception? innerException = null)
        : base(message, innerException) => HelpLink = $"docs/errors.md#{anchor}";
}
