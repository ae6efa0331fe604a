using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

/// <summary>The same as <see cref="WorkerClockSuite"/>, where the effect and its mark are one transaction.</summary>
public sealed class ClockTests(EffectsDatabase effects) : IClassFixture<EffectsDatabase>
{
    private readonly string _id = Guid.CreateVersion7().ToString();

    [Theory]
    [InlineData(1, -1)]
    [InlineData(-1, 1)]
    public async Task What_runs_or_is_done_is_so_for_a_worker_whose_clock_is_an_hour_off(int firstHours, int secondHours)
    {
        var (ahead, other) = (new SetClock(TimeSpan.FromHours(firstHours)), new SetClock(TimeSpan.Zero));
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var first = Start(ahead, async () =>
        {
            begun.SetResult();
            await end.Task;
        });
        await using var second = Start(other, () => Task.CompletedTask);
        var running = first.RunAsync(new Charge(_id), _id);
        await begun.Task;

        Assert.IsType<TaskOutcome.Deferred>(await second.RunAsync(new Charge(_id), _id));
        ahead.Offset = TimeSpan.FromHours(secondHours);
        Assert.IsType<TaskOutcome.Deferred>(await second.RunAsync(new Charge(_id), _id));
        end.SetResult();

        Assert.Equal(TaskOutcome.Done, await running);
        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await second.RunAsync(new Charge(_id), _id));
        Assert.Equal(new TaskOutcome.Discarded("duplicate"), await first.RunAsync(new Charge(_id), _id));
        Assert.Equal(1, await effects.CountAsync(_id));
    }

    private BrokerlessWorker Start(TimeProvider time, Func<Task> afterwards) => new(
        queue => queue.AddHandler<ChargeHandler>().UsePostgreSqlIdempotency(effects.Database.StringFor("worker").ConnectionString),
        services => services.AddSingleton(time).AddSingleton(new ChargeScript { Afterwards = (_, _) => afterwards() }));
}
