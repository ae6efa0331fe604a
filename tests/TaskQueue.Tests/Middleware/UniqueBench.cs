using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.Tests.Pipeline;

namespace TaskQueue.Tests.Middleware;

/// <summary>A <see cref="PipelineBench"/> whose store of unique tasks may be troubled, and what its tests do most. Without idempotency, which would hide a second run.</summary>
internal sealed class UniqueBench : IAsyncDisposable
{
    public const string Key = "import:7";
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly PipelineBench _bench;

    public UniqueBench(StoreOutage whenAway = StoreOutage.Defer, Func<TaskSettings, TaskSettings>? settings = null, Action<IServiceCollection>? services = null) =>
        _bench = new PipelineBench(
            s => (settings?.Invoke(s) ?? s) with { Idempotency = new IdempotencySettings { Enabled = false, WhenStoreIsAway = whenAway } },
            collection =>
            {
                collection.AddSingleton<TroubledUniqueStore>().AddSingleton<IUniqueTaskStore>(provider => provider.GetRequiredService<TroubledUniqueStore>());
                services?.Invoke(collection);
            });

    public PipelineBench Pipeline => _bench;

    public TroubledUniqueStore Store => _bench.Services.GetRequiredService<TroubledUniqueStore>();

    public PublishEnd Broker => _bench.End;

    public ValueTask<PublishReceipt> PublishAsync(string id, DuplicateAction action = DuplicateAction.Skip, string key = Key) =>
        _bench.PublishAsync(new PublishOptions { TaskId = id, Unique = new UniqueOptions { Key = key, OnDuplicate = action, Window = Window } });

    /// <summary>A delivery of what the broker got.</summary>
    public Task<TaskOutcome> RunAsync(string id) => _bench.RunAsync(Broker.Sent.Last(sent => sent.TaskId == id).Envelope);

    /// <summary>What another publisher finds.</summary>
    public async Task<UniqueState> FindAsync() =>
        (await Store.ReserveAsync(new UniqueKey(PipelineBench.TypeName, Key), "finder", TimeSpan.FromSeconds(1), CancellationToken.None)).State;

    public static TaskRefusedException Refused(string id, bool outcomeUnknown = false) => new(id, PipelineBench.TypeName, "tq.tasks", "work.normal", outcomeUnknown);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
