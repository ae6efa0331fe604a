namespace TaskQueue.Handlers;

/// <summary>The merged, checked settings of one task type's idempotency.</summary>
internal sealed record IdempotencySettings
{
    public static readonly TimeSpan DefaultRetention = TimeSpan.FromHours(24);
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(30);

    public bool Enabled { get; init; } = true;

    public TimeSpan Retention { get; init; } = DefaultRetention;

    public TimeSpan Lease { get; init; } = DefaultLease;

    public StoreOutage WhenStoreIsAway { get; init; }
}
