using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Ledger;

/// <summary>Works until it is told to stop, and books what it starts and completes.</summary>
internal static class WorkerProcess
{
    public static async Task<int> RunAsync(Settings settings)
    {
        var builder = Host.CreateApplicationBuilder();

        // Failures are what the ledger asks for; each would be a line.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("TaskQueue.RabbitMq.Consuming.Settler", LogLevel.None);
        builder.Services.AddSingleton(new Book(settings.Folder, $"worker-{settings.Index}"));
        builder.Services.AddTaskQueue(queue =>
        {
            Registration.Configure(queue, settings);
            queue.AddHandlersFromAssemblyContaining<LedgerHandler>();
        });
        using var host = builder.Build();
        await host.RunAsync();
        return 0;
    }
}

/// <summary>Does to each task what its fate says.</summary>
internal sealed class LedgerHandler(Book book, TimeProvider time)
    : ITaskHandler<PlainTask>, ITaskHandler<LanedTask>, ITaskHandler<SlowTask>, ITaskHandler<ScheduledTask>
{
    public Task HandleAsync(PlainTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context);

    public Task HandleAsync(LanedTask task, TaskContext context, CancellationToken cancellationToken) => RunAsync(task, context);

    public async Task HandleAsync(SlowTask task, TaskContext context, CancellationToken cancellationToken)
    {
        await Task.Delay(task.Milliseconds, cancellationToken);
        await RunAsync(task, context);
    }

    public Task HandleAsync(ScheduledTask task, TaskContext context, CancellationToken cancellationToken)
    {
        var late = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(task.DueAtUnixMilliseconds);
        book.Write('S', task.Id, (long)late.TotalMicroseconds, "scheduled");
        book.Write('C', task.Id, context.Attempt, string.Empty);
        return Task.CompletedTask;
    }

    private Task RunAsync(ILedgerTask task, TaskContext context)
    {
        book.Write('S', task.Id, context.Attempt, string.Empty);
        switch (task.Fate)
        {
            case Fate.FailTwice when context.Attempt < 3:
            case Fate.FailAlways:
                throw new InvalidOperationException($"attempt {context.Attempt} fails");
            case Fate.FailForGood:
                throw new InvalidDataException("fails for good");
            case Fate.AskForDeadLetter:
                context.DeadLetter("asked-for");
                return Task.CompletedTask;
            case Fate.DeferOnce when !Deferred.TryAdd(task.Id, true):
                break;
            case Fate.DeferOnce:
                context.Defer(TimeSpan.FromMilliseconds(300));
                return Task.CompletedTask;
            default:
                break;
        }

        book.Write('C', task.Id, context.Attempt, string.Empty);
        return Task.CompletedTask;
    }

    /// <summary>What this worker has put off once; another worker may put it off once more.</summary>
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> Deferred = new();
}
