using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Ledger;

namespace TaskQueue.EffectLedger;

/// <summary>A worker's process: works until it is told to stop.</summary>
internal static class EffectWorker
{
    public static async Task<int> RunAsync(EffectSettings settings)
    {
        using var book = new Book(settings.Folder, $"worker-{settings.Index}");
        var journal = new Journal(book);
        journal.Write(NoteKind.Up);
        using var counts = new PipelineCounts(journal);
        using var watch = new StallWatch(journal);
        var builder = Host.CreateApplicationBuilder();

        // Failures are what the ledger asks for; each would be a line.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("TaskQueue.RabbitMq.Consuming.Settler", LogLevel.None);
        builder.Services.AddSingleton(journal);
        Registration.AddWorker(builder.Services, settings);
        using var host = builder.Build();
        await host.RunAsync();
        return 0;
    }
}
