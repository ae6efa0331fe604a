using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.ChargeWorker;
using TaskQueue.PostgreSql.Tests.UnitOfWork;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.FaultTests;

/// <summary>
/// A worker process is killed at a step of its work; another one gets the delivery again, and a duplicate of the task besides. However it went, there is one effect.
/// </summary>
[Trait("Category", "Quick")]
public sealed class KilledWorkerTests(VirtualHost host, EffectsDatabase effects) : IClassFixture<VirtualHost>, IClassFixture<EffectsDatabase>, IAsyncLifetime
{
    private const int KilledExitCode = 128 + 9;

    private readonly string _card = Guid.CreateVersion7().ToString();
    private IHost? _healthy;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Database => effects.Database.StringFor("doomed").ConnectionString;

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddChargeWorker(host.AmqpUri.ToString(), effects.Database.StringFor("healthy").ConnectionString, step: null);
        _healthy = builder.Build();
        var publisher = _healthy.Services.GetRequiredService<ITaskPublisher>();
        await publisher.PublishAsync(new Charge(_card), Token);
        await publisher.PublishAsync(new Charge(_card), Token);
    }

    public async ValueTask DisposeAsync() => await ((IAsyncDisposable)_healthy!).DisposeAsync();

    [Theory]
    [InlineData(DeathStep.BeforeClaim, 0)]
    [InlineData(DeathStep.AfterClaim, 0)]
    [InlineData(DeathStep.AfterBegin, 0)]
    [InlineData(DeathStep.AfterWrite, 0)]
    [InlineData(DeathStep.BeforeMark, 0)]
    [InlineData(DeathStep.AfterCommit, 1)]
    public async Task A_worker_that_dies_leaves_one_effect_or_none_and_the_next_one_makes_it_one(DeathStep step, int left)
    {
        using var doomed = Start(step);

        await doomed.WaitForExitAsync(Token);

        Assert.Equal(KilledExitCode, doomed.ExitCode);
        Assert.Equal(left, await effects.CountAsync(_card));
        await AssertOneEffectAsync();
    }

    [Fact]
    public async Task A_worker_that_dies_while_the_server_commits_has_its_effect_and_its_mark()
    {
        await using var brake = await Brake.PullAsync(effects.Database, _card);
        using var doomed = Start(step: null);
        await brake.ReachedAsync();

        await KillAsync(doomed);
        await brake.ReleaseAsync();

        await AssertOneEffectAsync();
    }

    [Fact]
    public async Task A_worker_that_dies_while_the_server_takes_its_key_leaves_the_key_free_after_its_lease()
    {
        await using var blocking = await effects.Database.Source.OpenConnectionAsync(Token);
        await using var transaction = await blocking.BeginTransactionAsync(Token);
        await new Npgsql.NpgsqlCommand("LOCK TABLE taskqueue.idempotency IN EXCLUSIVE MODE", blocking).ExecuteNonQueryAsync(Token);
        using var doomed = Start(step: null);
        await Eventually.TrueAsync(() => effects.Database.ReadAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'doomed' AND wait_event_type = 'Lock')"));

        await KillAsync(doomed);
        await transaction.RollbackAsync(Token);

        await AssertOneEffectAsync();
    }

    private Process Start(DeathStep? step)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ChargeWorker.dll"));
        start.ArgumentList.Add(host.AmqpUri.ToString());
        start.ArgumentList.Add(Database);
        if (step is not null)
        {
            start.ArgumentList.Add(step.ToString()!);
        }

        return Process.Start(start)!;
    }

    private static async Task KillAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    // Both messages have to be gone: what is not settled could still have an effect.
    private async Task AssertOneEffectAsync()
    {
        await _healthy!.StartAsync(Token);
        await Eventually.EqualAsync(1, () => effects.CountAsync(_card));
        await Eventually.TrueAsync(async () => (await host.Management.GetQueuesAsync(host.Name)).All(queue => queue.Messages == 0), "every message to be settled");
        await _healthy.StopAsync(Token);

        Assert.Equal(1, await effects.CountAsync(_card));
        Assert.Equal(1, await effects.Database.ReadAsync<long>($"SELECT count(*) FROM taskqueue.idempotency WHERE key LIKE '%{_card}%' AND done"));
    }
}
