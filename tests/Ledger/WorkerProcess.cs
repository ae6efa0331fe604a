using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Ledger;

/// <summary>Works until it is told to stop.</summary>
internal static class WorkerProcess
{
    public static async Task<int> RunAsync(Settings settings)
    {
        var builder = Host.CreateApplicationBuilder();

        // Failures are what the ledger asks for; each would be a line.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("TaskQueue.RabbitMq.Consuming.Settler", LogLevel.None);
        using var book = new Book(settings.Folder, $"worker-{settings.Index}");
        book.Write(Event.Up, "", 0, book.Name);
        using var errors = new UnobservedErrors(book);
        builder.Logging.AddProvider(new LossLog(book));
        builder.Services.AddSingleton(book);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(settings.Shutdown));
        builder.Services.AddTaskQueue(queue => Registration.ConfigureWorker(queue, settings));
        using var host = builder.Build();
        await host.RunAsync();
        UnobservedErrors.Collect();
        book.Write(Event.Down, "", 0, book.Name);
        return 0;
    }
}
