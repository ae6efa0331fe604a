using TaskQueue.Pipeline;

namespace TaskQueue.Retry;

/// <summary>How long to wait after each failed attempt: the three shapes. Immutable arithmetic.</summary>
internal abstract class RetryDelays
{
    private RetryDelays()
    {
    }

    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="random">For jitter.</param>
    public abstract TimeSpan After(int attempt, Randomness random);

    /// <summary>For <c>Describe()</c>.</summary>
    public abstract string Describe(int maxAttempts);

    public sealed class Fixed(TimeSpan delay) : RetryDelays
    {
        private readonly TimeSpan _delay = DelayRange.Check(delay);

        public override TimeSpan After(int attempt, Randomness random) => _delay;

        public override string Describe(int maxAttempts) => $"fixed: {maxAttempts} attempts, {DurationText.Of(_delay)} apart";
    }

    public sealed class Ladder(TimeSpan[] delays) : RetryDelays
    {
        private readonly TimeSpan[] _delays = [.. delays.Select(delay => DelayRange.Check(delay, nameof(delays)))];

        public override TimeSpan After(int attempt, Randomness random) => _delays[Math.Clamp(attempt - 1, 0, _delays.Length - 1)];

        public override string Describe(int maxAttempts) => $"ladder: {maxAttempts} attempts, {string.Join(", ", _delays.Select(DurationText.Of))}";
    }

    /// <summary>
    /// The ceiling after attempt n is min(cap, first × factorⁿ⁻¹). Full jitter draws evenly between zero and the ceiling: of the
    /// ways to spread callers that failed together it does so with the least work, see "Exponential Backoff And Jitter", AWS
    /// Architecture Blog, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
    /// </summary>
    public sealed class Exponential(TimeSpan first, TimeSpan cap, double factor, bool jitter) : RetryDelays
    {
        private readonly TimeSpan _first = DelayRange.Check(first, nameof(first));
        private readonly TimeSpan _cap = CheckCap(DelayRange.Check(cap, nameof(cap)), first);
        private readonly double _factor = CheckFactor(factor);

        public override TimeSpan After(int attempt, Randomness random)
        {
            var ceiling = Ceiling(attempt);
            return jitter ? random.UpTo(ceiling) : ceiling;
        }

        public override string Describe(int maxAttempts) =>
            FormattableString.Invariant($"exponential: {maxAttempts} attempts, {DurationText.Of(_first)} ×{_factor} up to {DurationText.Of(_cap)}, {(jitter ? "full jitter" : "no jitter")}");

        private static TimeSpan CheckCap(TimeSpan cap, TimeSpan first) =>
            cap >= first ? cap : throw new ArgumentOutOfRangeException(nameof(cap), cap, $"The cap of an exponential retry policy is at least its first delay, {first}; this one is {cap}.");

        private static double CheckFactor(double factor) =>
            factor is >= 1 and <= 100 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, $"The factor of an exponential retry policy is between 1 and 100; this one is {factor}.");

        // In doubles: a power that overflows is infinite, and the cap takes it.
        private TimeSpan Ceiling(int attempt) =>
            TimeSpan.FromTicks((long)Math.Min(_cap.Ticks, _first.Ticks * Math.Min(Math.Pow(_factor, attempt - 1), double.MaxValue)));
    }
}
