namespace TaskQueue.Handlers;

/// <summary>The settings of idempotency as one source gives them; null where it says nothing.</summary>
internal sealed class IdempotencyLayer
{
    public const string Section = "Idempotency";

    public bool? Enabled { get; set; }

    public TimeSpan? Retention { get; set; }

    public TimeSpan? Lease { get; set; }

    public StoreOutage? WhenStoreIsAway { get; set; }

    public static IdempotencyLayer Read(SectionReader section)
    {
        var layer = new IdempotencyLayer
        {
            Enabled = section.Flag(nameof(Enabled)),
            Retention = section.Duration(nameof(Retention)),
            Lease = section.Duration(nameof(Lease)),
            WhenStoreIsAway = section.Choice<StoreOutage>(nameof(WhenStoreIsAway)),
        };
        section.ReportUnknown();
        return layer;
    }

    /// <param name="faults">Where they go.</param>
    /// <param name="owner">What the settings belong to, after their name.</param>
    public void FindFaults(ICollection<string> faults, string owner = "")
    {
        RangeCheck.Check(faults, $"'{Section}.{nameof(Retention)}'{owner}", Retention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
        RangeCheck.Check(faults, $"'{Section}.{nameof(Lease)}'{owner}", Lease, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (WhenStoreIsAway is { } outage && !Enum.IsDefined(outage))
        {
            faults.Add($"'{Section}.{nameof(WhenStoreIsAway)}'{owner} is '{outage}'; choose '{StoreOutage.Defer}' or '{StoreOutage.FailOpen}'.");
        }
    }
}
