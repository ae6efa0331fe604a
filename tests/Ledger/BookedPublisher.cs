namespace TaskQueue.Ledger;

/// <summary>Publishes with a line before and a line after, so that the account knows what the broker has for certain. Thread-safe.</summary>
internal sealed class BookedPublisher(ITaskPublisher publisher, Book book)
{
    /// <summary>Publishes a task under its own id; an error goes into the book and on to the caller.</summary>
    public async Task PublishAsync(ILedgerTask task, PublishOptions? options = null)
    {
        book.Write(Event.Tried, task.Id, 0, task.Fate.ToString());
        try
        {
            await SendAsync(task, options is null ? new PublishOptions { TaskId = task.Id } : options);
        }
        catch (Exception error)
        {
            book.Write(Event.Failed, task.Id, 0, error.GetType().Name);
            throw;
        }

        book.Write(Event.Confirmed, task.Id, 0, book.Name);
    }

    // The type of the variable is not the type of the task: the publisher is asked by the latter.
    private async Task SendAsync(ILedgerTask task, PublishOptions options) => await (task switch
    {
        PlainTask plain => publisher.PublishAsync(plain, options),
        LanedTask laned => publisher.PublishAsync(laned, options),
        SlowTask slow => publisher.PublishAsync(slow, options),
        SpareTask spare => publisher.PublishAsync(spare, options),
        ScheduledTask scheduled => publisher.PublishAsync(scheduled, options),
        _ => throw new ArgumentException($"The ledger has no task type '{task.GetType()}'."),
    });
}
