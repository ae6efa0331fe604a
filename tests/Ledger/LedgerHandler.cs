using System.Collections.Concurrent;

namespace TaskQueue.Ledger;

/// <summary>Does to each task what its fate says, and books its start and, before it returns, its completion.</summary>
internal sealed class LedgerHandler(Book book, TimeProvider time)
    : ITaskHandler<PlainTask>, ITaskHandler<LanedTask>, ITaskHandler<SlowTask>, ITaskHandler<SpareTask>, ITaskHandler<ScheduledTask>
{
    /// <summary>What this process has put off once; another one may put it off once more.</summary>
    private static readonly ConcurrentDictionary<string, bool> Deferred = new();

    private static readonly ConcurrentDictionary<string, bool> Held = new();

    public Task HandleAsync(PlainTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context, milliseconds: 0, cancellationToken);

    public Task HandleAsync(LanedTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context, milliseconds: 0, cancellationToken);

    public Task HandleAsync(SlowTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context, task.Milliseconds, cancellationToken);

    public Task HandleAsync(SpareTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context, task.Milliseconds, cancellationToken);

    public Task HandleAsync(ScheduledTask task, TaskContext context, CancellationToken cancellationToken)
    {
        if (task.DueAtUnixMilliseconds > 0)
        {
            BookLateness(task);
        }

        return RunAsync(task, context, milliseconds: 0, cancellationToken);
    }

    private void BookLateness(ScheduledTask task)
    {
        var late = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(task.DueAtUnixMilliseconds);
        book.Write(Event.Late, task.Id, (long)late.TotalMicroseconds);
    }

    private async Task RunAsync(ILedgerTask task, TaskContext context, int milliseconds, CancellationToken cancellationToken)
    {
        book.Write(Event.Started, task.Id, context.Attempt, $"{book.Name} {context.Queue}");
        if (milliseconds > 0)
        {
            await PassTimeAsync(task, milliseconds, cancellationToken);
        }

        if (MeetsFate(task, context))
        {
            book.Write(Event.Completed, task.Id, context.Attempt, book.Name);
        }
    }

    private async Task PassTimeAsync(ILedgerTask task, int milliseconds, CancellationToken cancellationToken)
    {
        switch (task.Fate)
        {
            case Fate.BlockThread:
                using (var never = new ManualResetEventSlim())
                {
                    never.Wait(milliseconds, CancellationToken.None);
                }

                break;
            case Fate.HoldUntilReleased:
                await Release.WaitAsync(book.Folder, TimeSpan.FromMilliseconds(milliseconds));
                break;
            case Fate.HoldOnce when !Held.TryAdd(task.Id, true):
                break;
            case Fate.HoldOnce or Fate.IgnoreToken:
                await Task.Delay(milliseconds, CancellationToken.None);
                break;
            default:
                await Task.Delay(milliseconds, cancellationToken);
                break;
        }
    }

    /// <returns>Whether the task is completed by that.</returns>
    private static bool MeetsFate(ILedgerTask task, TaskContext context)
    {
        switch (task.Fate)
        {
            case Fate.FailTwice when context.Attempt < 3:
            case Fate.FailAlways:
                throw new InvalidOperationException($"attempt {context.Attempt} fails");
            case Fate.FailForGood:
                throw new InvalidDataException("fails for good");
            case Fate.AskForDeadLetter:
                context.DeadLetter(Fates.AskedFor);
                return false;
            case Fate.DeferOnce when Deferred.TryAdd(task.Id, true):
                context.Defer(TimeSpan.FromMilliseconds(300));
                return false;
            case var fate when fate.IsKiller():
                Killing.This(fate);
                return false;
            default:
                return true;
        }
    }
}
