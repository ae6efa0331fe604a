using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>How this process publishes: <c>queue.Publisher</c>, or the configuration section <c>TaskQueue:Publisher</c>.</summary>
public sealed class PublisherOptions
{
    private readonly Setting<TimeSpan> _deadline = new(nameof(Deadline), TimeSpan.FromSeconds(30));
    private readonly Setting<int> _window = new(nameof(Window), 512);
    private readonly Setting<int> _maxBodyBytes = new(nameof(MaxBodyBytes), 1024 * 1024);
    private readonly Setting<int> _maxPropertiesBytes = new(nameof(MaxPropertiesBytes), 32 * 1024);
    private readonly Setting<bool> _declareMissingQueues = new(nameof(DeclareMissingQueues), true);

    private readonly Setting<BlockedPublishMode> _whenBlocked = new(nameof(WhenBlocked), BlockedPublishMode.Wait);

    internal PublisherOptions()
    {
    }

    /// <summary>How long a publish may take in all, reconnects included: 100 ms to 1 hour. Default 30 s.</summary>
    public TimeSpan Deadline { get => _deadline.Value; set => _deadline.SetInCode(value); }

    /// <summary>Publishes under way at once; further ones wait, which is the back-pressure: 1 to 16,384. Default 512.</summary>
    public int Window { get => _window.Value; set => _window.SetInCode(value); }

    /// <summary>The largest body in bytes, 1 to 134,217,728. Default 1 MiB. Large data belongs in a store, and its key in the task. Workers
    /// refuse larger bodies too.</summary>
    public int MaxBodyBytes { get => _maxBodyBytes.Value; set => _maxBodyBytes.SetInCode(value); }

    /// <summary>The largest properties and headers, encoded, in bytes: 1,024 to 126,976 (a frame). Default 32 KiB.</summary>
    public int MaxPropertiesBytes { get => _maxPropertiesBytes.Value; set => _maxPropertiesBytes.SetInCode(value); }

    /// <summary>Whether a task type that no worker has declared gets its conventional queue from the publisher, so that its tasks wait
    /// for their first worker. Default true; needs the permission to configure. False makes it a <see cref="TaskUnroutableException"/>.</summary>
    public bool DeclareMissingQueues { get => _declareMissingQueues.Value; set => _declareMissingQueues.SetInCode(value); }

    /// <summary>Whether a publish waits or fails while RabbitMQ blocks publishers (an alarm: it is short of memory or disk). Default
    /// <see cref="BlockedPublishMode.Wait"/>. The copies by which a worker settles retries and dead letters wait in any case.</summary>
    /// <remarks>RabbitMQ tells a connection that it is blocked only after that has tried to publish: the first publish of an alarm (more, when several
    /// are under way) is sent all the same, and is confirmed after the alarm, or ends with the unknown outcome at its deadline.</remarks>
    public BlockedPublishMode WhenBlocked { get => _whenBlocked.Value; set => _whenBlocked.SetInCode(value); }

    internal IEnumerable<SettingOrigin> Origins =>
        [_deadline.Origin, _window.Origin, _maxBodyBytes.Origin, _maxPropertiesBytes.Origin, _declareMissingQueues.Origin, _whenBlocked.Origin];

    internal void Configure(SectionReader section)
    {
        _deadline.Configure(section.Duration(nameof(Deadline)));
        _window.Configure(section.Number(nameof(Window)));
        _maxBodyBytes.Configure(section.Number(nameof(MaxBodyBytes)));
        _maxPropertiesBytes.Configure(section.Number(nameof(MaxPropertiesBytes)));
        _declareMissingQueues.Configure(section.Flag(nameof(DeclareMissingQueues)));
        _whenBlocked.Configure(section.Choice<BlockedPublishMode>(nameof(WhenBlocked)));
    }

    internal void FindFaults(ICollection<string> faults)
    {
        RangeCheck.Check(faults, "'Publisher.Deadline'", Deadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        RangeCheck.Check(faults, "'Publisher.Window'", Window, 1, 16_384);
        RangeCheck.Check(faults, "'Publisher.MaxBodyBytes'", MaxBodyBytes, 1, 134_217_728);
        RangeCheck.Check(faults, "'Publisher.MaxPropertiesBytes'", MaxPropertiesBytes, 1_024, 126_976);
        if (!Enum.IsDefined(WhenBlocked))
        {
            faults.Add($"'Publisher.WhenBlocked' is '{WhenBlocked}'; choose 'Wait' or 'Fail'.");
        }
    }
}
