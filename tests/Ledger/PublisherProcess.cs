using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Ledger;

/// <summary>Publishes its share of the tasks, many callers at once, and books each one when it is confirmed.</summary>
internal static class PublisherProcess
{
    private const int Callers = 64;

    public static async Task<int> RunAsync(Settings settings)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddTaskQueue(queue => Registration.Configure(queue, settings));
        using var host = builder.Build();
        await host.StartAsync();
        var publisher = host.Services.GetRequiredService<ITaskPublisher>();
        await using (var book = new Book(settings.Folder, $"publisher-{settings.Index}"))
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => PublishShareAsync(publisher, book, settings, caller)));
        }

        await host.StopAsync();
        return 0;
    }

    private static async Task PublishShareAsync(ITaskPublisher publisher, Book book, Settings settings, int caller)
    {
        var random = new Random(HashCode.Combine(settings.Seed, settings.Index, caller));
        var stride = Callers * settings.Publishers;
        var first = (settings.Index * Callers) + caller;
        for (var number = first; number < settings.Scheduled; number += stride)
        {
            await PublishScheduledAsync(publisher, book, settings, number, random);
        }

        for (var number = first; number < settings.Tasks; number += stride)
        {
            await PublishMixedAsync(publisher, book, number, random);
        }
    }

    private static async Task PublishScheduledAsync(ITaskPublisher publisher, Book book, Settings settings, int number, Random random)
    {
        var id = $"s{number}";
        var due = DateTimeOffset.FromUnixTimeMilliseconds(settings.ScheduleStart + random.Next(60_000));
        await publisher.PublishAsync(new ScheduledTask(id, Fate.Complete, due.ToUnixTimeMilliseconds()), new PublishOptions { TaskId = id, DueAt = due });
        book.Write('P', id, due.ToUnixTimeMilliseconds(), nameof(Fate.Complete));
    }

    private static async Task PublishMixedAsync(ITaskPublisher publisher, Book book, int number, Random random)
    {
        var id = $"t{number}";
        var fate = random.Next(100) switch { < 70 => Fate.Complete, < 80 => Fate.FailTwice, < 84 => Fate.FailAlways, < 88 => Fate.FailForGood, < 92 => Fate.AskForDeadLetter, < 98 => Fate.DeferOnce, _ => Fate.Expire };
        var priority = random.GetItems(Enum.GetValues<TaskPriority>(), 1)[0];
        var delay = random.Next(5) == 0 ? TimeSpan.FromMilliseconds(random.Next(100, 20_000)) : (TimeSpan?)null;
        var options = fate == Fate.Expire
            ? new PublishOptions { TaskId = id, Priority = priority, Delay = TimeSpan.FromSeconds(1), ExpiresAfter = TimeSpan.FromTicks(1) }
            : new PublishOptions { TaskId = id, Priority = priority, Delay = delay };
        await (random.Next(10) switch
        {
            < 5 => publisher.PublishAsync(new PlainTask(id, fate, new string('x', random.Next(200))), options),
            < 9 => publisher.PublishAsync(new LanedTask(id, fate, [1, 2, number]), options),
            _ => publisher.PublishAsync(new SlowTask(id, fate, random.Next(20)), options),
        });
        book.Write('P', id, 0, fate.ToString());
    }
}
