using TaskQueue.Ledger.Soak;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Soak;

/// <summary>From when on, and by what, somebody counts as recovered in a soak.</summary>
[Trait("Category", "Quick")]
public sealed class SignsOfLifeTests
{
    private const long FaultsEnd = 100_000;
    private readonly SignsOfLife _signs = new();
    private readonly Account _account = new();

    public SignsOfLifeTests() => _signs.WatchFrom(DateTimeOffset.FromUnixTimeMilliseconds(FaultsEnd));

    [Fact]
    public void A_worker_is_back_when_it_takes_a_task_published_since_the_faults_end()
    {
        Publish("new", FaultsEnd + 1_000);
        Take("new", "worker-0.0", FaultsEnd + 4_000);

        Assert.Equal(TimeSpan.FromSeconds(4), _signs.Find("worker-0", "q", _account));
        Assert.Null(_signs.Find("worker-0", "another", _account));
        Assert.Null(_signs.Find("worker-1", "q", _account));
    }

    [Fact]
    public void What_a_worker_held_already_is_no_sign()
    {
        Publish("old", FaultsEnd - 1_000);
        Take("old", "worker-0.0", FaultsEnd + 4_000);

        Assert.Null(_signs.Find("worker-0", "q", _account));
    }

    [Fact]
    public void The_clock_of_a_process_that_was_started_again_begins_when_its_code_runs()
    {
        Publish("new", FaultsEnd + 500);
        Take("new", "worker-0.0", FaultsEnd + 1_000);
        Add(new Entry(Event.Up, "", 0, "worker-0.1", FaultsEnd + 6_000));
        Assert.Null(_signs.Find("worker-0", "q", _account));

        Take("new", "worker-0.1", FaultsEnd + 8_000);
        Assert.Equal(TimeSpan.FromSeconds(2), _signs.Find("worker-0", "q", _account));
    }

    [Fact]
    public void A_publisher_is_back_when_a_publish_that_began_since_then_is_confirmed()
    {
        Publish("old", FaultsEnd - 1);
        Add(new Entry(Event.Confirmed, "old", 0, "load-1.0", FaultsEnd + 1_000));
        Assert.Null(_signs.Find("load-1", SignsOfLife.Confirm, _account));

        Publish("new", FaultsEnd);
        Add(new Entry(Event.Confirmed, "new", 0, "load-1.0", FaultsEnd + 3_000));
        Assert.Equal(TimeSpan.FromSeconds(3), _signs.Find("load-1", SignsOfLife.Confirm, _account));
    }

    private void Publish(string id, long at) => Add(new Entry(Event.Tried, id, 0, $"{Fate.Complete}", at));

    private void Take(string id, string life, long at) => Add(new Entry(Event.Started, id, 1, $"{life} q", at));

    private void Add(Entry entry)
    {
        _signs.Add(entry);
        _account.AddAll([entry]);
    }
}
