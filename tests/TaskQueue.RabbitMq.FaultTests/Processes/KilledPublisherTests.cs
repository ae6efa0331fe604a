using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>A publisher that ends without a word between publish and confirm.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class KilledPublisherTests(FaultyBroker broker)
{
    [Fact]
    public async Task What_was_confirmed_before_a_publisher_was_killed_is_there_and_nothing_is_there_twice()
    {
        const int Kills = 8;
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Rate = 1000 });
        run.StartWorker();
        var load = run.StartLoad();
        for (var kill = 0; kill < Kills; kill++)
        {
            var confirmed = run.Account.Confirmed;
            await run.WaitAsync(account => account.Confirmed > confirmed + 300, "confirmed publishes of this life");
            await load.KillAsync();
        }

        await load.StopAsync();
        var account = await run.EndAsync(duplicatesAllowed: 0);

        // Killed in between, as was meant: some had been sent, or were about to be.
        Assert.True(account.Tried > account.Confirmed, "No publish was under way at any of the kills.");
        Assert.True(account.Confirmed > Kills * 300);
    }
}
