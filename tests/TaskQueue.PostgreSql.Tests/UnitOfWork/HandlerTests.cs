using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Polly;
using Polly.Retry;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

public sealed record Charge(string Card);

public sealed class ChargeScript
{
    public Func<Charge, TaskContext, Task> Afterwards { get; set; } = (_, _) => Task.CompletedTask;
}

/// <summary>Has one effect, and then does what the test says.</summary>
public sealed class ChargeHandler(PostgreSqlUnitOfWork work, ChargeScript script) : ITaskHandler<Charge>
{
    public async Task HandleAsync(Charge task, TaskContext context, CancellationToken cancellationToken)
    {
        var transaction = await work.BeginAsync(cancellationToken);
        await using var command = new NpgsqlCommand("INSERT INTO effects (effect) VALUES ($1)", transaction.Connection, transaction) { Parameters = { new() { Value = task.Card } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await script.Afterwards(task, context);
    }
}

public sealed class HandlerTests(EffectsDatabase effects) : IClassFixture<EffectsDatabase>, IAsyncDisposable
{
    private readonly ChargeScript _script = new();
    private readonly string _id = Guid.CreateVersion7().ToString();
    private BrokerlessWorker? _worker;

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_task_that_is_delivered_three_times_has_one_effect()
    {
        Start();

        TaskOutcome[] outcomes = [await RunAsync(), await RunAsync(), await RunAsync()];

        Assert.Equal([TaskOutcome.Done, new TaskOutcome.Discarded("duplicate"), new TaskOutcome.Discarded("duplicate")], outcomes);
        Assert.Equal(1, await effects.CountAsync(_id));
    }

    [Fact]
    public async Task A_failed_attempt_leaves_nothing_behind_and_its_retry_has_the_effect()
    {
        Start();
        _script.Afterwards = (_, _) => throw new InvalidOperationException("No.");
        Assert.IsType<TaskOutcome.Retry>(await RunAsync());
        Assert.Equal(0, await effects.CountAsync(_id));
        _script.Afterwards = (_, _) => Task.CompletedTask;

        Assert.Equal(TaskOutcome.Done, await RunAsync());

        Assert.Equal(1, await effects.CountAsync(_id));
    }

    [Theory]
    [InlineData("retry", 0)]
    [InlineData("defer", 0)]
    [InlineData("dead-letter", 0)]
    [InlineData("discard", 1)]
    public async Task What_the_handler_asks_for_decides_about_its_writes(string asked, int expected)
    {
        Start();
        _script.Afterwards = (_, context) =>
        {
            switch (asked)
            {
                case "retry": context.RetryAfter(TimeSpan.Zero); break;
                case "defer": context.Defer(TimeSpan.Zero); break;
                case "dead-letter": context.DeadLetter("no use"); break;
                default: context.Discard("no need"); break;
            }

            return Task.CompletedTask;
        };

        await RunAsync();

        Assert.Equal(expected, await effects.CountAsync(_id));
    }

    [Fact]
    public async Task Each_try_of_a_resilience_pipeline_has_a_transaction_of_its_own()
    {
        var tries = 0;
        Start(queue => queue.ForTask<Charge>(task => task.Resilience(polly => polly.AddRetry(new RetryStrategyOptions { Delay = TimeSpan.Zero }))));
        _script.Afterwards = (_, _) => ++tries < 3 ? throw new InvalidOperationException("Not yet.") : Task.CompletedTask;

        Assert.Equal(TaskOutcome.Done, await RunAsync());

        Assert.Equal((3, 1), (tries, await effects.CountAsync(_id)));
    }

    [Fact]
    public async Task An_attempt_that_lost_its_lease_is_put_off_and_has_no_effect()
    {
        Start();
        _script.Afterwards = (_, _) => effects.Database.ExecuteAsync($"UPDATE taskqueue.idempotency SET expires_at = now() - interval '1 hour' WHERE key = '{_id}'");

        Assert.IsType<TaskOutcome.Deferred>(await RunAsync());

        Assert.Equal(0, await effects.CountAsync(_id));
        _script.Afterwards = (_, _) => Task.CompletedTask;
        Assert.Equal(TaskOutcome.Done, await RunAsync());
        Assert.Equal(1, await effects.CountAsync(_id));
    }

    [Fact]
    public async Task A_unit_of_work_without_idempotency_is_a_fault()
    {
        Start(queue => queue.ForTask<Charge>(task => task.Idempotency.Enabled = false));

        var fault = await Assert.ThrowsAsync<TaskQueueConfigurationException>(_worker!.StartAsync);

        Assert.Contains("idempotency is off for the task type 'charge'", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_of_work_beside_another_store_is_a_fault()
    {
        Start(queue => queue.Services.AddSingleton<IIdempotencyStore>(_ => throw new NotSupportedException()));

        var fault = await Assert.ThrowsAsync<TaskQueueConfigurationException>(_worker!.StartAsync);

        Assert.Contains("in another store than PostgreSQL", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Password=secret", "names no host")]
    [InlineData("Hosst=a;Password=secret", "names no host")]
    public async Task A_connection_string_that_cannot_work_is_a_fault_that_does_not_quote_it(string text, string expected)
    {
        _worker = new BrokerlessWorker(queue => queue.UsePostgreSqlIdempotency(text));

        var fault = Assert.Single((await Assert.ThrowsAsync<TaskQueueConfigurationException>(_worker.StartAsync)).Faults);

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_starts_without_its_database_and_says_so()
    {
        using var proxy = new TcpProxy("127.0.0.1", 1);
        _worker = new BrokerlessWorker(queue => queue.UsePostgreSqlIdempotency($"Host=127.0.0.1;Port={proxy.Port};Username=app;Password=secret;Database=shop"));

        await _worker.StartAsync();

        Assert.Contains(_worker.Logged, line => line.StartsWith($"PostgreSQL at app@127.0.0.1:{proxy.Port}/shop cannot be reached", StringComparison.Ordinal));
        Assert.Contains($"app@127.0.0.1:{proxy.Port}/shop", _worker.Services.GetRequiredService<TaskQueueDescription>().Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_may_not_migrate_does_not_start_without_its_tables()
    {
        _worker = new BrokerlessWorker(queue => queue.UsePostgreSqlIdempotency(postgres =>
            (postgres.ConnectionString, postgres.Schema, postgres.MigrateAtStart) = (effects.Database.ConnectionString, "elsewhere", false)));

        await Assert.ThrowsAsync<PostgreSqlSetupException>(_worker.StartAsync);
    }

    private void Start(Action<TaskQueueBuilder>? configure = null) => _worker = new BrokerlessWorker(
        queue =>
        {
            queue.AddHandler<ChargeHandler>().UsePostgreSqlIdempotency(effects.Database.StringFor("worker").ConnectionString);
            configure?.Invoke(queue);
        },
        services => services.AddSingleton(_script));

    private Task<TaskOutcome> RunAsync() => _worker!.RunAsync(new Charge(_id), _id);
}
