using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>
/// A worker and a publisher of the ledger in this process, each a host as a user would build it, with a book and a log file of its own in the
/// run's folder. Owned by a <see cref="FaultRun"/>.
/// </summary>
internal sealed class LedgerHosts : IAsyncDisposable
{
    private readonly Book _workerBook;
    private readonly Book _publisherBook;
    private readonly IHost _worker;
    private readonly IHost _publisher;

    public LedgerHosts(Settings settings, Action<TaskQueueBuilder>? configureWorker)
    {
        _workerBook = new Book(settings.Folder, "worker");
        _publisherBook = new Book(settings.Folder, "publisher");
        WorkerLog = new RunLog(Path.Combine(settings.Folder, "worker.log"));
        PublisherLog = new RunLog(Path.Combine(settings.Folder, "publisher.log"));
        _worker = Build(WorkerLog, _workerBook, queue =>
        {
            Registration.ConfigureWorker(queue, settings);
            configureWorker?.Invoke(queue);
        });
        _publisher = Build(PublisherLog, _publisherBook, queue => Registration.Configure(queue, settings));
        Publisher = new BookedPublisher(_publisher.Services.GetRequiredService<ITaskPublisher>(), _publisherBook);
    }

    public RunLog WorkerLog { get; }

    public RunLog PublisherLog { get; }

    public BookedPublisher Publisher { get; }

    public async Task StartAsync()
    {
        await _worker.StartAsync();
        await _publisher.StartAsync();
    }

    /// <summary>As a deployment does: both drain.</summary>
    public async Task StopAsync()
    {
        await _publisher.StopAsync();
        await _worker.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeAsync(_publisher);
        await DisposeAsync(_worker);
        _publisherBook.Dispose();
        _workerBook.Dispose();
    }

    private static IHost Build(RunLog log, Book book, Action<TaskQueueBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(book);
        builder.Services.AddTaskQueue(configure);
        return builder.Build();
    }

    private static async Task DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}
