using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>
/// Workers and a publisher of the ledger in this process, each a host as a user would build it, with a book and a log file of its own in the
/// run's folder. Owned by a <see cref="FaultRun"/>.
/// </summary>
internal sealed class LedgerHosts : IAsyncDisposable
{
    /// <summary>Two, so that what one of them lost can go to the other, and each has to come back.</summary>
    public const int Workers = 2;

    private readonly List<Book> _books = [];
    private readonly List<IHost> _workers = [];
    private readonly List<IHost> _publishers = [];
    private readonly Settings _settings;
    private readonly UnobservedErrors _errors;

    public LedgerHosts(Settings settings, Action<TaskQueueBuilder>? configureWorker)
    {
        _settings = settings;
        foreach (var name in Enumerable.Range(0, Workers).Select(WorkerName))
        {
            _workers.Add(Build(name, queue =>
            {
                Registration.ConfigureWorker(queue, settings);
                configureWorker?.Invoke(queue);
            }));
        }

        Publisher = BuildPublisher("publisher", queue => Registration.Configure(queue, settings));
        _errors = new UnobservedErrors(_books[^1]);
    }

    public BookedPublisher Publisher { get; }

    /// <summary>As it stands in the books.</summary>
    public static string WorkerName(int index) => $"worker-{index}";

    public async Task StartAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.StartAsync()));
        await _publishers[0].StartAsync();
    }

    /// <summary>One more publisher, which knows the broker and nothing of the task types' settings.</summary>
    public async Task<BookedPublisher> StartStrangerAsync()
    {
        var stranger = BuildPublisher("stranger", queue => Registration.Connect(queue, _settings));
        await _publishers[^1].StartAsync();
        return stranger;
    }

    /// <summary>As a deployment does: all drain. Then what they have left behind must tell its errors.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(_publishers.Select(publisher => publisher.StopAsync()));
        await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
        UnobservedErrors.Collect();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _workers.Concat(_publishers).OfType<IAsyncDisposable>())
        {
            await host.DisposeAsync();
        }

        _errors.Dispose();
        _books.ForEach(book => book.Dispose());
    }

    private BookedPublisher BuildPublisher(string name, Action<TaskQueueBuilder> configure)
    {
        _publishers.Add(Build(name, configure));
        return new BookedPublisher(_publishers[^1].Services.GetRequiredService<ITaskPublisher>(), _books[^1]);
    }

    private IHost Build(string name, Action<TaskQueueBuilder> configure)
    {
        var book = new Book(_settings.Folder, name);
        _books.Add(book);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new RunLog(Path.Combine(_settings.Folder, $"{name}.log"))).AddProvider(new LossLog(book));
        builder.Services.AddSingleton(book);
        builder.Services.AddTaskQueue(configure);
        return builder.Build();
    }
}
