namespace TaskQueue.EffectLedger;

/// <summary>Where effects are remembered, and so what is promised of them.</summary>
public enum StoreKind
{
    /// <summary>The effect is a row, in one transaction with its mark: exactly one, whatever happens.</summary>
    PostgreSql,

    /// <summary>The effect lies outside: one, but for the windows that docs/idempotency.md names.</summary>
    Redis,
}
