using Microsoft.Extensions.DependencyInjection;
using TaskQueue.EffectLedger;
using TaskQueue.EffectLedger.Accounts;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.FaultTests.Effects;

/// <summary>
/// A worker process is stopped (SIGSTOP) within two handlers, past their leases, and goes on after another one has taken their keys and has had the effects. One of the handlers listens to its
/// token; the other one does not, and returns.
/// </summary>
[Trait("Category", "Quick")]
public sealed class PausedWorkerTests(BrokerFixture broker, TestDatabase database) : IClassFixture<TestDatabase>
{
    /// <summary>What the broker spreads over both workers: one of them is sure to come to the one that runs.</summary>
    private const int Duplicates = 6;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(10);

    private readonly string _listening = $"listening-{Guid.CreateVersion7():N}";
    private readonly string _deaf = $"deaf-{Guid.CreateVersion7():N}";
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "taskqueue-effects", $"{Guid.CreateVersion7():N}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_its_handlers_have_written_in_a_unit_of_work_is_not_committed()
    {
        var runs = await PauseAsync(StoreKind.PostgreSql);

        Assert.Equal((NoteKind.Cancelled, NoteKind.Completed), (runs[_listening][0].End, runs[_deaf][0].End));
        await using var effects = new EffectsTable(database.ConnectionString);
        Assert.All((await effects.ReadAsync()).ToLookup(effect => effect.Key), rows => Assert.True(Assert.Single(rows).Token > runs[rows.Key][0].Token));
    }

    [Fact]
    public async Task Its_handlers_are_cancelled_at_once_and_record_nothing_even_where_they_have_had_their_effect()
    {
        var runs = await PauseAsync(StoreKind.Redis);

        Assert.Equal((NoteKind.Cancelled, null, null), (runs[_listening][0].End, runs[_listening][0].EffectAt, runs[_listening][0].Answer));
        Assert.Equal((NoteKind.Completed, NoteKind.Refused), (runs[_deaf][0].End, runs[_deaf][0].Answer));
        Assert.All(runs.Values, runs => Assert.Contains(runs.Skip(1), run => run.Answer == NoteKind.Recorded));
    }

    /// <returns>By key, in the order of their tokens: the run of the worker that was stopped, and that of the other one. On a busy machine one more of the latter.</returns>
    private async Task<IReadOnlyDictionary<string, IReadOnlyList<Run>>> PauseAsync(StoreKind store)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var settings = new EffectSettings
        {
            Store = store,
            StoreAddress = store == StoreKind.Redis ? StoreServers.Redis : database.StringFor("effects").ConnectionString,
            RabbitMq = host.AmqpUri.ToString(),
            Folder = _folder,
            Workers = 2,
            Publishers = 0,
            Lease = 2,

            // The broker is not to take the tasks of the stopped worker back: the other one gets duplicates, which end at once.
            Heartbeat = 60,
        };
        var journals = new Journals(_folder);
        await using var site = await EffectSite.StartAtAsync(settings);

        // Before it consumes, so that both tasks go to the first one.
        site.Workers[1].Freeze();
        await PublishAsync(settings, _listening, milliseconds: 60_000, copies: 1);
        await Eventually.TrueAsync(() => RunsOf(journals).Count == 1, "the first handler to begin", StartDeadline);
        await PublishAsync(settings, _deaf, milliseconds: 5_000, copies: 1);
        await Eventually.TrueAsync(() => RunsOf(journals).Count == 2, "both handlers to begin", StartDeadline);
        site.Workers[0].Freeze();
        site.Workers[1].Thaw();
        await Eventually.EqualAsync<uint?>(2, () => host.CountConsumersAsync("tq.effect-task"), "consumers", StartDeadline);
        await PublishAsync(settings, _listening, milliseconds: 0, Duplicates);
        await PublishAsync(settings, _deaf, milliseconds: 0, Duplicates);
        await Eventually.TrueAsync(() => RunsOf(journals).Values.All(runs => runs.Skip(1).Any(run => run.End == NoteKind.Completed)), "the other worker to have both effects", StartDeadline);

        site.Workers[0].Thaw();
        var resumedAt = Clock.Now;
        await Eventually.TrueAsync(() => RunsOf(journals).Values.All(runs => runs[0].End is not null), "the stopped handlers to end");
        await Eventually.EqualAsync(0, async () => (await host.Management.GetQueuesAsync(host.Name)).Sum(queue => queue.Messages ?? 1), "messages that are not settled");
        Assert.All(await site.StopWorkersAsync(), code => Assert.Equal(0, code));
        var all = RunsOf(journals);
        Assert.All(all.Values, runs => Assert.Equal(["worker-0", "worker-1"], runs.Select(run => run.Process).Distinct()));
        Assert.InRange(TimeSpan.FromMicroseconds(all[_listening][0].EndedAt!.Value - resumedAt), -Promptly, Promptly);
        Directory.Delete(_folder, recursive: true);
        return all;
    }

    private static Dictionary<string, IReadOnlyList<Run>> RunsOf(Journals journals) => journals.Read().Keys.ToDictionary(key => key.Key, key => key.Runs);

    private static async Task PublishAsync(EffectSettings settings, string key, int milliseconds, int copies)
    {
        await using var services = new ServiceCollection().AddLogging().AddTaskQueue(queue => Registration.Connect(queue, settings)).BuildServiceProvider();
        var publisher = services.GetRequiredService<ITaskPublisher>();
        for (var copy = 0; copy < copies; copy++)
        {
            var task = new EffectTask(key, Failures: 0, milliseconds, IsDeaf: key.StartsWith("deaf", StringComparison.Ordinal));
            await publisher.PublishAsync(task, new PublishOptions { IdempotencyKey = key }, Token);
        }
    }
}
