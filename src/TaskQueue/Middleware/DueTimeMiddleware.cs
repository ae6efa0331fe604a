using TaskQueue.Pipeline;

namespace TaskQueue.Middleware;

/// <summary>
/// Runs a task neither before it is due nor after it expired. One that comes early (the clocks of publisher, broker and
/// worker differ) goes round again, or waits here when that would take longer than the wait.
/// </summary>
internal sealed class DueTimeMiddleware(TimeProvider time) : IConsumeMiddleware
{
    /// <summary>The delay line's resolution: what is shorter is waited out in place.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(100);

    /// <summary>A clock that is still behind after so many rounds is wrong, and the task would circle for ever.</summary>
    public const int MaxEarlyRounds = 3;

    private static readonly TaskOutcome Expired = new TaskOutcome.DeadLettered(DeadLetterReasons.Expired, Error: null);

    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        if (context is { DueAt: null, ExpiresAt: null })
        {
            return next(context, cancellationToken);
        }

        var now = time.GetUtcNow();
        if (context.ExpiresAt <= now)
        {
            return new(Expired);
        }

        var early = Early(context, now);
        return early <= TimeSpan.Zero ? next(context, cancellationToken)
            : early > DelayRange.Longest ? new(TooFar(context))
            : early < Resolution ? WaitAsync(early, context, next, cancellationToken)
            : context.Envelope.EarlyRounds < MaxEarlyRounds ? new(new TaskOutcome.Deferred(early) { BeforeDue = true })
            : next(context, cancellationToken);
    }

    // Nobody can have scheduled that: the delay line does not reach so far.
    private static TaskOutcome.DeadLettered TooFar(TaskContext context) => new(
        DeadLetterReasons.InvalidHeader,
        new InvalidDataException($"The header '{HeaderNames.DueAt}' is {context.DueAt:yyyy-MM-dd}; a task may be due at most {DelayRange.Longest.TotalDays} days ahead."));

    private static TimeSpan Early(TaskContext context, DateTimeOffset now) => context.DueAt - now ?? TimeSpan.Zero;

    // The broker counts whole milliseconds, so fractions of one are common. A timer counts them too, and drops what is less: one more for the part at either end. And its clock is a coarse one, that of
    // Linux behind by up to four, so that it may come early all the same.
    private async ValueTask<TaskOutcome> WaitAsync(TimeSpan early, TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        for (; early > TimeSpan.Zero && early < Resolution; early = Early(context, time.GetUtcNow()))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(early.TotalMilliseconds) + 1), time, cancellationToken).ConfigureAwait(false);
        }

        return context.ExpiresAt <= time.GetUtcNow() ? Expired : await next(context, cancellationToken).ConfigureAwait(false);
    }
}
