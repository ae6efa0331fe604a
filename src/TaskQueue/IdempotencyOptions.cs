using TaskQueue.Handlers;

namespace TaskQueue;

/// <summary>How effects are kept from happening twice: for all task types as <c>queue.Idempotency</c> or the configuration section <c>TaskQueue:Idempotency</c>, for one as
/// <c>task.Idempotency</c> or <c>TaskQueue:Tasks:&lt;task type&gt;:Idempotency</c>.</summary>
/// <remarks>What is said for one task type beats what is said for all; of each, code beats configuration.</remarks>
public sealed class IdempotencyOptions
{
    private readonly IdempotencyOptions? _forAll;

    internal IdempotencyOptions(IdempotencyOptions? forAll = null) => _forAll = forAll;

    /// <summary>Whether duplicates are recognised. Default true. Where it is false nothing is asked or stored, and handlers must bear duplicates themselves.</summary>
    public bool Enabled { get => Layer.Enabled ?? _forAll?.Enabled ?? true; set => Layer.Enabled = value; }

    /// <summary>How long a done effect is remembered: 1 second to 365 days. Default 24 hours. Longer than the time in which duplicates may still come, such as that in which a
    /// publisher repeats what it is not sure of.</summary>
    public TimeSpan Retention { get => Layer.Retention ?? _forAll?.Retention ?? IdempotencySettings.DefaultRetention; set => Layer.Retention = value; }

    /// <summary>How long after the death of its worker an effect is free to be tried again: 1 second to 1 hour. Default 30 seconds. While the handler runs the lease is
    /// renewed at a third of this.</summary>
    public TimeSpan Lease { get => Layer.Lease ?? _forAll?.Lease ?? IdempotencySettings.DefaultLease; set => Layer.Lease = value; }

    /// <summary>What becomes of a task while the store does not answer. Default <see cref="StoreOutage.Defer"/>.</summary>
    public StoreOutage WhenStoreIsAway { get => Layer.WhenStoreIsAway ?? _forAll?.WhenStoreIsAway ?? StoreOutage.Defer; set => Layer.WhenStoreIsAway = value; }

    internal IdempotencyLayer Layer { get; } = new();
}
