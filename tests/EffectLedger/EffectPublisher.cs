using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Ledger;

namespace TaskQueue.EffectLedger;

/// <summary>A publisher's process: publishes its part of the plan at an even pace, each copy until the broker has confirmed it, and ends.</summary>
internal sealed class EffectPublisher
{
    /// <summary>The most publishes under way at once.</summary>
    private const int Callers = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly ITaskPublisher _publisher;
    private readonly Journal _journal;
    private readonly IReadOnlyList<Copy> _copies;
    private readonly int _rate;
    private readonly long _startedAt = Clock.Now;
    private int _next = -1;

    private EffectPublisher(ITaskPublisher publisher, Journal journal, EffectSettings settings)
    {
        (_publisher, _journal, _rate) = (publisher, journal, settings.Rate);
        _copies = [.. Plan.Of(settings).Where(copy => copy.Publisher == settings.Index)];
    }

    public static async Task<int> RunAsync(EffectSettings settings)
    {
        using var book = new Book(settings.Folder, $"publisher-{settings.Index}");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddTaskQueue(queue => Registration.Connect(queue, settings));
        using var host = builder.Build();
        await host.StartAsync();
        var publisher = new EffectPublisher(host.Services.GetRequiredService<ITaskPublisher>(), new Journal(book), settings);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => publisher.CallAsync()));
        await host.StopAsync();
        return 0;
    }

    private async Task CallAsync()
    {
        for (int index; (index = Interlocked.Increment(ref _next)) < _copies.Count;)
        {
            var due = _startedAt + ((long)index * 1_000_000 / _rate) - Clock.Now;
            if (due > 1000)
            {
                await Task.Delay(TimeSpan.FromMicroseconds(due));
            }

            await PublishAsync(_copies[index]);
        }
    }

    private async Task PublishAsync(Copy copy)
    {
        while (!await TryPublishAsync(copy))
        {
            await Task.Delay(Pause);
        }
    }

    private async Task<bool> TryPublishAsync(Copy copy)
    {
        try
        {
            await _publisher.PublishAsync(copy.Task, copy.Options);
            _journal.Write(NoteKind.Published, copy.Task.Key);
            return true;
        }
        catch (TaskPublishException)
        {
            _journal.Write(NoteKind.NotPublished, copy.Task.Key);
            return false;
        }
    }
}
