using TaskQueue.EffectLedger;
using TaskQueue.EffectLedger.Accounts;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.FaultTests.Effects;

/// <summary>The ledger of effects in small: <c>eng/effects.sh</c> breaks more, for longer.</summary>
[Trait("Category", "Quick")]
public sealed class EffectLedgerTests(BrokerFixture broker, TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData(StoreKind.PostgreSql)]
    [InlineData(StoreKind.Redis)]
    public async Task Each_task_has_one_effect_although_a_worker_is_killed_and_another_one_paused_past_its_leases(StoreKind store)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var settings = new EffectSettings
        {
            Store = store,
            StoreAddress = store == StoreKind.Redis ? StoreServers.Redis : database.StringFor("effects").ConnectionString,
            RabbitMq = host.AmqpUri.ToString(),
            Folder = Path.Combine(Path.GetTempPath(), "taskqueue-effects", $"{Guid.CreateVersion7():N}"),
            Prefix = $"{Guid.CreateVersion7():N}"[^12..],
            Tasks = 200,
            Rate = 200,
            Workers = 2,
            Publishers = 1,
            Concurrency = 8,
            Lease = 2,
        };
        await using var site = await EffectSite.StartAtAsync(settings);

        var account = await EffectRun.RunAsync(site, _ => BreakAsync(site), () => CountMessagesAsync(host), say: _ => { });

        Assert.True(account.IsExact, $"{account}{Environment.NewLine}Journals and logs: {settings.Folder}");
        Directory.Delete(settings.Folder, recursive: true);
    }

    private static async Task BreakAsync(EffectSite site)
    {
        var journals = new Journals(site.Settings.Folder);
        await Eventually.TrueAsync(() => journals.Read().Completed > 20, "tasks to complete", TimeSpan.FromMinutes(2));
        await Task.WhenAll(site.KillWorkerAsync(0), site.PauseWorkerAsync(1, TimeSpan.FromSeconds(2.5 * site.Settings.Lease)));
    }

    private static async Task<int> CountMessagesAsync(VirtualHost host) => (await host.Management.GetQueuesAsync(host.Name)).Sum(queue => (int)(queue.Messages ?? 1));
}
