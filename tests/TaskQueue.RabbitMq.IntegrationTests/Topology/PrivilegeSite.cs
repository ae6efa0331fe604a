using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>A virtual host with a publisher and a worker that are documented users of it, perhaps short of one name.</summary>
internal sealed class PrivilegeSite : IAsyncDisposable
{
    /// <summary>The log line of a Verify that may not configure: expected, and said once.</summary>
    public const int ArgumentsNotSeen = 2106;

    private readonly TopologyMode _mode;
    private readonly string _publisher;
    private readonly string _worker;

    private PrivilegeSite(VirtualHost host, string publisher, string worker, TopologyMode mode) =>
        (Host, _publisher, _worker, _mode) = (host, publisher, worker, mode);

    public VirtualHost Host { get; }

    /// <param name="host">The virtual host, which outlives this.</param>
    /// <param name="publisher">The publisher's name in the documentation.</param>
    /// <param name="worker">The worker's.</param>
    /// <param name="mode">The mode of both.</param>
    public static async Task<PrivilegeSite> CreateAsync(VirtualHost host, string publisher, string worker, TopologyMode mode)
    {
        var site = new PrivilegeSite(host, publisher, worker, mode);
        await site.GrantAsync(publisher);
        await site.GrantAsync(worker);
        return site;
    }

    /// <summary>The same where operators have imported the topology: its worker need not declare.</summary>
    public static async Task<PrivilegeSite> CreateImportedAsync(VirtualHost host, string publisher, TopologyMode mode)
    {
        var site = await CreateAsync(host, publisher, "worker", mode);
        await site.ImportTopologyAsync();
        return site;
    }

    /// <summary>Grants a user what the documentation says.</summary>
    public Task GrantAsync(string user) => Host.Broker.CreateUserAsync(Host.Name, NameOf(user), DocumentedUsers.PermissionsOf(user));

    /// <summary>Grants it all of that but one name.</summary>
    public Task GrantAllButAsync(string user, Permission permission, string name) =>
        Host.Broker.CreateUserAsync(Host.Name, NameOf(user), Without(DocumentedUsers.PermissionsOf(user), permission, name));

    /// <summary>Grants it to read these queues and no others.</summary>
    public Task GrantReadAsync(string user, params string[] queues) =>
        Host.Broker.CreateUserAsync(Host.Name, NameOf(user), DocumentedUsers.PermissionsOf(user) with { Read = $"^({string.Join('|', queues.Select(System.Text.RegularExpressions.Regex.Escape))})$" });

    /// <summary>A worker that declares it does so in the background.</summary>
    public Task WaitForDelayLineAsync() => Eventually.NotNullAsync(() => Host.Management.FindExchangeAsync(Host.Name, "tq.delay.v1"), "the delay line");

    public TestWorker CreateWorker() => TestWorker.Create(AddressOf(_worker), queue => Configure(queue, _mode));

    public async Task<TestWorker> StartWorkerAsync()
    {
        var worker = CreateWorker();
        await worker.StartAsync();
        return worker;
    }

    public Task<TestWorker> StartPublisherAsync(bool declares = true) => TestWorker.StartAsync(AddressOf(_publisher), queue =>
    {
        queue.UseRabbitMq(rabbit => rabbit.TopologyMode = _mode);
        queue.Publisher.DeclareMissingQueues = declares;
        queue.Publisher.Deadline = TimeSpan.FromSeconds(20);
        queue.ForTask<Chore>(task => task.MaxLength = 100);
        queue.ForTask<LaneJob>(task => task.Priorities = PriorityMode.Lanes);
    });

    /// <summary>Publishes a task that, by its own account, has crashed its workers three times.</summary>
    public Task PublishSuspectAsync() => Host.PublishAsync("tq.tasks", "job.normal", "{\"Name\":\"suspected\"}"u8.ToArray(), new BasicProperties
    {
        MessageId = Guid.CreateVersion7().ToString(),
        Type = "job",
        ContentType = "application/json",
        Headers = new Dictionary<string, object?> { ["tq-crashes"] = 3 },
    });

    /// <summary>What handlers do with a task is its name.</summary>
    public static Task PlayAsync(Run run, TaskContext context, CancellationToken cancellationToken)
    {
        switch (run.Name)
        {
            case "retried" when run.Attempt == 1:
                throw new InvalidOperationException("Once more.");
            case "retried at once" when run.Attempt == 1:
                context.RetryAfter(TimeSpan.Zero);
                break;
            case "doomed":
                context.DeadLetter("handler");
                break;
            case "publishes":
                return context.Services.GetRequiredService<ITaskPublisher>().PublishAsync(new Job("published"), cancellationToken).AsTask();
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var user in new[] { _publisher, _worker })
        {
            await Host.Management.DeleteUserAsync(NameOf(user));
        }
    }

    /// <summary>What an operator does with the exported file.</summary>
    private async Task ImportTopologyAsync()
    {
        await using var exporter = TestWorker.Create(Host.AmqpUri, queue => Configure(queue, TopologyMode.Declare));
        await Host.Management.UploadDefinitionsAsync(Host.Name, exporter.Services.GetRequiredService<TopologyDefinitions>().ToJson());
    }

    private static void Configure(TaskQueueBuilder queue, TopologyMode mode)
    {
        queue.UseRabbitMq(rabbit => rabbit.TopologyMode = mode);
        queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>().AddHandler<LaneJobHandler>();
        queue.ForTask<Job>(task => (task.Concurrency, task.Retry) = (2, RetryPolicy.Fixed(maxAttempts: 3, TimeSpan.FromMilliseconds(300))));
        queue.ForTask<Chore>(task => task.MaxLength = 100);
        queue.ForTask<LaneJob>(task => task.Priorities = PriorityMode.Lanes);
    }

    private static UserPermissions Without(UserPermissions permissions, Permission permission, string name)
    {
        var except = $"^(?!{System.Text.RegularExpressions.Regex.Escape(name)}$)";
        return permission switch
        {
            Permission.Configure => permissions with { Configure = except + "(?:" + permissions.Configure + ")" },
            Permission.Write => permissions with { Write = except + "(?:" + permissions.Write + ")" },
            _ => permissions with { Read = except + "(?:" + permissions.Read + ")" },
        };
    }

    // Users are the broker's, not the virtual host's.
    private string NameOf(string user) => $"{user}-{Host.Name}";

    private Uri AddressOf(string user) => Host.Broker.AddressOf(Host.Name, NameOf(user), NameOf(user));
}

/// <summary>One of the three expressions of a user.</summary>
public enum Permission
{
    /// <summary>To declare and delete.</summary>
    Configure,

    /// <summary>To publish, and to bind.</summary>
    Write,

    /// <summary>To consume, and to bind from.</summary>
    Read,
}
