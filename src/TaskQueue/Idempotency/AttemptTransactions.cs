namespace TaskQueue.Idempotency;

/// <summary>Says that handlers may use an <see cref="IAttemptTransaction"/>: whoever offers one registers this as a singleton. Without it no pipeline has the
/// commit step.</summary>
internal sealed class AttemptTransactions;
