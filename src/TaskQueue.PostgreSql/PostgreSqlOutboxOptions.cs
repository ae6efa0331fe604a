using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>What this process does with the outbox: <c>queue.UsePostgreSqlOutbox(outbox => …)</c>, or the configuration section <c>TaskQueue:Outbox</c>. Code beats configuration.</summary>
public sealed class PostgreSqlOutboxOptions
{
    private readonly Setting<bool> _relay = new(nameof(Relay), true);
    private readonly Setting<TimeSpan> _pollInterval = new(nameof(PollInterval), TimeSpan.FromSeconds(5));
    private readonly Setting<int> _batchSize = new(nameof(BatchSize), 500);

    internal PostgreSqlOutboxOptions()
    {
    }

    /// <summary>Whether this process publishes what stands in the outbox, its own tasks and those of others. Any number of processes may; one must. It needs RabbitMQ
    /// (<c>queue.UseRabbitMq(…)</c>), which a process that only fills the outbox does not. Default true.</summary>
    public bool Relay { get => _relay.Value; set => _relay.SetInCode(value); }

    /// <summary>How often the relay looks without having been told: 1 s to 1 hour. A commit wakes it at once; this finds what was refused before and is due again, what another relay left when
    /// it died, and everything where <c>LISTEN</c> does not work (behind a pooler that hands out connections by transaction). Default 5 s.</summary>
    public TimeSpan PollInterval { get => _pollInterval.Value; set => _pollInterval.SetInCode(value); }

    /// <summary>The most tasks that the relay publishes at once and deletes with one commit: 1 to 10,000; of large ones fewer, 16 MiB of bodies at most. Default 500.</summary>
    public int BatchSize { get => _batchSize.Value; set => _batchSize.SetInCode(value); }

    internal IEnumerable<SettingOrigin> Origins => [_relay.Origin, _pollInterval.Origin, _batchSize.Origin];

    internal void Configure(SectionReader section)
    {
        _relay.Configure(section.Flag(nameof(Relay)));
        _pollInterval.Configure(section.Duration(nameof(PollInterval)));
        _batchSize.Configure(section.Number(nameof(BatchSize)));
    }

    internal void FindFaults(ICollection<string> faults)
    {
        RangeCheck.Check<TimeSpan>(faults, "'Outbox.PollInterval'", PollInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        RangeCheck.Check<int>(faults, "'Outbox.BatchSize'", BatchSize, 1, 10_000);
    }
}
