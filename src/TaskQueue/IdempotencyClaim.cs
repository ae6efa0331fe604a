namespace TaskQueue;

/// <summary>What <see cref="IIdempotencyStore.ClaimAsync"/> found.</summary>
/// <param name="State">Whether the attempt may run.</param>
/// <param name="FencingToken">The attempt's token where it may run, else 0: greater than that of every earlier attempt at the same key, also after the store has forgotten
/// the key. A system that is written to can refuse what comes with a smaller one.</param>
/// <param name="Remaining">How much of the other attempt's lease is left while that runs, else zero.</param>
public readonly record struct IdempotencyClaim(IdempotencyState State, long FencingToken, TimeSpan Remaining)
{
    /// <summary>The key was absent, or its lease had ended: the attempt has it now.</summary>
    /// <param name="fencingToken">The attempt's token.</param>
    /// <returns>The claim.</returns>
    public static IdempotencyClaim Taken(long fencingToken) => new(IdempotencyState.Taken, fencingToken, TimeSpan.Zero);

    /// <summary>Another attempt runs.</summary>
    /// <param name="remaining">What is left of its lease.</param>
    /// <returns>The claim.</returns>
    public static IdempotencyClaim Running(TimeSpan remaining) => new(IdempotencyState.Running, 0, remaining);

    /// <summary>The effect is done.</summary>
    /// <returns>The claim.</returns>
    public static IdempotencyClaim Done() => new(IdempotencyState.Done, 0, TimeSpan.Zero);
}
