using TaskQueue.Retry;
using Xunit;

namespace TaskQueue.Tests.Retry;

public sealed class RetryPolicyTests
{
    private static readonly Randomness Random = new(seed: 7);
    private static readonly Exception Error = new InvalidOperationException("no");

    [Fact]
    public void A_fixed_policy_gives_the_same_delay_until_its_attempts_are_spent()
    {
        var policy = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(5));

        Assert.Equal(RetryDecision.After(TimeSpan.FromSeconds(5)), policy.Decide(1, Error, Random));
        Assert.Equal(RetryDecision.After(TimeSpan.FromSeconds(5)), policy.Decide(2, Error, Random));
        Assert.Equal(RetryDecision.End(DeadLetterReasons.AttemptsExhausted), policy.Decide(3, Error, Random));
    }

    [Fact]
    public void A_ladder_gives_one_delay_before_each_further_attempt()
    {
        var policy = RetryPolicy.Ladder(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        Assert.Equal(RetryDecision.After(TimeSpan.FromSeconds(1)), policy.Decide(1, Error, Random));
        Assert.Equal(RetryDecision.After(TimeSpan.FromMinutes(1)), policy.Decide(2, Error, Random));
        Assert.Equal(RetryDecision.End(DeadLetterReasons.AttemptsExhausted), policy.Decide(3, Error, Random));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 40)]
    [InlineData(3, 160)]
    [InlineData(4, 600)]
    [InlineData(900, 600)]
    public void An_exponential_policy_draws_evenly_between_zero_and_a_ceiling_that_grows_fourfold_up_to_the_cap(int attempt, int ceilingSeconds)
    {
        var policy = RetryPolicy.Exponential(1000, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

        var delays = Enumerable.Range(0, 2000).Select(_ => policy.Decide(attempt, Error, Random).Delay.TotalSeconds).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, 0, ceilingSeconds));
        Assert.InRange(delays.Average(), ceilingSeconds * 0.45, ceilingSeconds * 0.55);
        Assert.True(delays.Max() > ceilingSeconds * 0.95);
    }

    [Fact]
    public void Without_jitter_an_exponential_policy_gives_its_ceiling()
    {
        var policy = RetryPolicy.Exponential(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), factor: 2, jitter: false);

        Assert.Equal([1, 2, 4, 5], Enumerable.Range(1, 4).Select(attempt => policy.Decide(attempt, Error, Random).Delay.TotalSeconds));
    }

    [Fact]
    public void The_most_derived_exception_type_wins()
    {
        var policy = RetryPolicy.Fixed(5, TimeSpan.FromSeconds(1))
            .For<IOException>(RetryPolicy.Fixed(5, TimeSpan.FromSeconds(2)))
            .Never<FileNotFoundException>();

        Assert.Equal(TimeSpan.FromSeconds(1), policy.Decide(1, Error, Random).Delay);
        Assert.Equal(TimeSpan.FromSeconds(2), policy.Decide(1, new EndOfStreamException(), Random).Delay);
        Assert.Equal(DeadLetterReasons.NotRetried, policy.Decide(1, new FileNotFoundException(), Random).DeadReason);
    }

    [Fact]
    public void An_aggregate_with_one_inner_exception_counts_as_that_one()
    {
        var policy = RetryPolicy.Default.Never<FormatException>();

        Assert.Equal(DeadLetterReasons.NotRetried, policy.Decide(1, new AggregateException(new AggregateException(new FormatException())), Random).DeadReason);
        Assert.Null(policy.Decide(1, new AggregateException(new FormatException(), new FormatException()), Random).DeadReason);
    }

    [Fact]
    public void Refining_a_policy_leaves_the_original_as_it_was()
    {
        var original = RetryPolicy.Fixed(2, TimeSpan.Zero);

        original.Never<InvalidOperationException>();

        Assert.Null(original.Decide(1, Error, Random).DeadReason);
    }

    [Fact]
    public void None_ends_with_the_first_failure()
    {
        Assert.Equal(DeadLetterReasons.AttemptsExhausted, RetryPolicy.None.Decide(1, Error, Random).DeadReason);
    }

    [Fact]
    public void Arguments_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Fixed(0, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Fixed(1001, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Fixed(2, TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Ladder(TimeSpan.FromDays(3651)));
        Assert.Throws<ArgumentException>(() => RetryPolicy.Ladder());
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Exponential(5, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Exponential(5, TimeSpan.Zero, TimeSpan.Zero, factor: 0.5, jitter: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetryPolicy.Exponential(5, TimeSpan.Zero, TimeSpan.Zero, factor: double.NaN, jitter: true));
    }

    [Fact]
    public void A_policy_describes_itself()
    {
        Assert.Equal("exponential: 5 attempts, 10 s ×4 up to 10 min, full jitter", RetryPolicy.Default.ToString());
        Assert.Equal("fixed: 3 attempts, 500 ms apart", RetryPolicy.Fixed(3, TimeSpan.FromMilliseconds(500)).ToString());
        Assert.Equal("ladder: 3 attempts, 1 s, 1 h", RetryPolicy.Ladder(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)).ToString());
        Assert.Equal("none: 1 attempt", RetryPolicy.None.ToString());
        Assert.Equal("fixed: 2 attempts, 0 s apart; FormatException: never", RetryPolicy.Fixed(2, TimeSpan.Zero).Never<FormatException>().ToString());
    }
}
