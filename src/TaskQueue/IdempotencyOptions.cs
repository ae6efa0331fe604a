namespace TaskQueue;

/// <summary>How a task type's effects are kept from happening twice.</summary>
public sealed class IdempotencyOptions
{
    /// <summary>Whether a duplicate is recognised. Default true. False costs nothing: handlers must then bear duplicates themselves.</summary>
    public bool Enabled { get; set; }

    /// <summary>How long a done effect is remembered: 1 second to 365 days. Default 24 hours.</summary>
    public TimeSpan Retention { get; set; }

    /// <summary>How long after its worker's death a key is free again: 1 second to 1 hour. Default 30 seconds. Renewed at a third of it while the handler runs.</summary>
    public TimeSpan Lease { get; set; }

    /// <summary>What becomes of a task while the store does not answer. Default <see cref="StoreOutage.Defer"/>.</summary>
    public StoreOutage WhenStoreIsAway { get; set; }
}
