using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Ledger;

/// <summary>Publishes from a process of its own: its share of a number of tasks, or a load until it is told to stop.</summary>
internal static class PublisherProcess
{
    private const int Callers = 64;

    public static Task<int> PublishAsync(Settings settings) => RunAsync(settings, "publisher", (publisher, _, _) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => PublishShareAsync(publisher, settings, caller))));

    public static Task<int> LoadAsync(Settings settings) => RunAsync(settings, "load", (publisher, book, stopping) =>
        new Load(publisher, book.Name, settings.Seed, settings.Rate).RunAsync(stopping));

    private static async Task<int> RunAsync(Settings settings, string name, Func<BookedPublisher, Book, CancellationToken, Task> publish)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        using var book = new Book(settings.Folder, $"{name}-{settings.Index}");
        book.Write(Event.Up, "", 0, book.Name);
        using var errors = new UnobservedErrors(book);
        builder.Logging.AddProvider(new LossLog(book));
        builder.Services.AddTaskQueue(queue => Registration.Configure(queue, settings));
        using var host = builder.Build();
        await host.StartAsync();
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await publish(new BookedPublisher(host.Services.GetRequiredService<ITaskPublisher>(), book), book, stopping);
        await host.StopAsync();
        UnobservedErrors.Collect();
        book.Write(Event.Down, "", 0, book.Name);
        return 0;
    }

    private static async Task PublishShareAsync(BookedPublisher publisher, Settings settings, int caller)
    {
        var random = new Random(HashCode.Combine(settings.Seed, settings.Index, caller));
        var stride = Callers * settings.Publishers;
        var first = (settings.Index * Callers) + caller;
        for (var number = first; number < settings.Scheduled; number += stride)
        {
            var due = DateTimeOffset.FromUnixTimeMilliseconds(settings.ScheduleStart + random.Next(60_000));
            var task = new ScheduledTask($"s{number}", Fate.Complete, due.ToUnixTimeMilliseconds());
            await publisher.PublishAsync(task, new PublishOptions { TaskId = task.Id, DueAt = due });
        }

        for (var number = first; number < settings.Tasks; number += stride)
        {
            var (task, options) = TaskMix.Next($"t{number}", random);
            await publisher.PublishAsync(task, options);
        }
    }
}
