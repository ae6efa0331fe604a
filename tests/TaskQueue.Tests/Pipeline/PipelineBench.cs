using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.Retry;

namespace TaskQueue.Tests.Pipeline;

public sealed record Work(string Name);

public delegate Task WorkScript(Work task, TaskContext context, CancellationToken cancellationToken);

/// <summary>Does what the test says.</summary>
public sealed class WorkHandler(WorkCalls calls) : ITaskHandler<Work>
{
    public Task HandleAsync(Work task, TaskContext context, CancellationToken cancellationToken)
    {
        calls.Count++;
        return calls.Script(task, context, cancellationToken);
    }
}

public sealed class WorkCalls
{
    public int Count { get; set; }

    public WorkScript Script { get; set; } = (_, _, _) => Task.CompletedTask;
}

/// <summary>The broker's side of a publication: keeps what was sent.</summary>
internal sealed class PublishEnd : IPublishEnd
{
    public List<PublishContext> Sent { get; } = [];

    /// <summary>What comes instead of an answer; the broker has not got the task.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether <see cref="Error"/> holds for one publication alone.</summary>
    public bool ErrorOnce { get; set; }

    /// <summary>What comes instead of an answer although the broker has got the task.</summary>
    public Exception? SentError { get; set; }

    /// <summary>What happens while the broker is asked.</summary>
    public Func<PublishContext, Task> Sending { get; set; } = _ => Task.CompletedTask;

    public async ValueTask<PublishReceipt> SendAsync(PublishContext context, CancellationToken cancellationToken)
    {
        if (Error is { } error)
        {
            Error = ErrorOnce ? null : Error;
            throw error;
        }

        await Sending(context);
        Sent.Add(context);
        return SentError is null ? new PublishReceipt(context.TaskId, context.TaskType, "tq.tasks", $"{context.TaskType}.normal") : throw SentError;
    }
}

internal sealed class PlainJson : ITaskSerializer
{
    public string ContentType => "application/x-test";

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull => JsonSerializer.Serialize(new Utf8JsonWriter(output), task);

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull => JsonSerializer.Deserialize<TTask>(body.Span)!;

    public string? FindFault(Type taskType) => null;
}

/// <summary>The real pipelines and the real container around one task type whose handler each test scripts; the clock is the test's.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    public const string TypeName = "work";
    public const string Queue = "tq.work";

    public PipelineBench(Func<TaskSettings, TaskSettings>? settings = null, Action<IServiceCollection>? services = null, bool logging = true)
    {
        Type = CreateType(settings);
        var collection = new ServiceCollection();
        collection.AddMetrics();
        collection.AddSingleton<TimeProvider>(Time).AddSingleton(new Randomness(seed: 1)).AddSingleton(Calls).AddTransient<WorkHandler>();
        collection.AddSingleton(new TaskModel([Type], clrType => throw new InvalidOperationException($"{clrType} is no task of the bench.")));
        collection.AddSingleton(new WorkerIdentity("worker", "app")).AddSingleton<IPublishEnd>(End).AddSingleton(new PublisherOptions());
        if (logging)
        {
            collection.AddFakeLogging();
        }

        services?.Invoke(collection);
        collection.AddPipelines();
        Services = collection.BuildServiceProvider(validateScopes: true);
    }

    public static TimeSpan Timeout { get; } = TimeSpan.FromMinutes(5);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public WorkCalls Calls { get; } = new();

    public PublishEnd End { get; } = new();

    public TaskTypeModel Type { get; }

    public ServiceProvider Services { get; }

    public FakeLogCollector Logs => Services.GetFakeLogCollector();

    public WorkScript Handler
    {
        set => Calls.Script = value;
    }

    public static byte[] Body { get; } = JsonSerializer.SerializeToUtf8Bytes(new Work("a"));

    public TaskEnvelope Envelope(int attempt = 1, DateTimeOffset? dueAt = null, DateTimeOffset? enqueuedAt = null, DateTimeOffset? expiresAt = null, int earlyRounds = 0, string? traceParent = null, string? correlationId = null) => new()
    {
        TaskId = $"id-{Guid.CreateVersion7()}",
        TaskType = TypeName,
        ContentType = "application/x-test",
        Attempt = attempt,
        EnqueuedAt = enqueuedAt ?? Time.GetUtcNow(),
        DueAt = dueAt,
        ExpiresAt = expiresAt,
        EarlyRounds = earlyRounds,
        TraceParent = traceParent,
        CorrelationId = correlationId,
    };

    public Task<TaskOutcome> RunAsync(TaskEnvelope? envelope = null, byte[]? body = null, CancellationToken abort = default) =>
        Services.GetRequiredService<TaskExecutor>().ExecuteAsync(envelope ?? Envelope(), body ?? Body, Queue, abort).AsTask();

    public ValueTask<PublishReceipt> PublishAsync(PublishOptions? options = null) =>
        Services.GetRequiredService<PublishPipeline>().PublishAsync(CreatePublication(options), CancellationToken.None);

    public PublishContext CreatePublication(PublishOptions? options = null) =>
        Services.GetRequiredService<PublishContextFactory>().Create(new Work("a"), options);

    public ValueTask DisposeAsync() => Services.DisposeAsync();

    private static TaskTypeModel CreateType(Func<TaskSettings, TaskSettings>? change)
    {
        var settings = new TaskSettings
        {
            Concurrency = 8,
            Prefetch = 32,
            Timeout = Timeout,
            Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(10)),
            MaxAge = TimeSpan.FromDays(7),
            Priorities = PriorityMode.Native,
            Queue = null,
            MaxLength = null,
            Serializer = new PlainJson(),
            Resilience = null,
            FormerQueues = [],
            Middleware = [],
            // A step with a clock and a memory of its own: most tests are about others.
            Idempotency = new IdempotencySettings { Enabled = false },
        };
        return new TaskTypeModel
        {
            Name = TypeName,
            ClrType = typeof(Work),
            Settings = change?.Invoke(settings) ?? settings,
            Origins = [],
            Handler = new HandlerInvoker<Work, WorkHandler>(),
        };
    }
}
