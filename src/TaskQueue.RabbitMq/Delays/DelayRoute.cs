namespace TaskQueue.RabbitMq.Delays;

/// <summary>
/// Where a delayed message enters the delay line: the exchange of its highest non-zero digit, and the key that leads it down. Pure arithmetic.
/// The delay is counted in units of 100 ms and rounded up, or to what a worker waits out (<see cref="UnitsUntilDue"/>); below zero it is zero (which leads straight to the line's end), above the
/// longest delay it is the longest: callers refuse what is out of range (<see cref="TaskQueue.Pipeline.DelayRange"/>).
/// </summary>
/// <param name="Stage">0 to 9.</param>
/// <param name="RoutingKey">Ten digits, a word each, most significant first, then the address.</param>
internal readonly record struct DelayRoute(int Stage, string RoutingKey)
{
    /// <summary>Digits, and so stages: ten of them reach beyond ten years.</summary>
    public const int Digits = 10;

    /// <summary>The resolution of the line.</summary>
    public static readonly TimeSpan Unit = TimeSpan.FromMilliseconds(100);

    /// <summary>What a worker waits out itself, less what the line's hops take: enough for half of the tasks to be less than 50 ms late. Not more, though they would be less late still: the wait holds a handler's slot.</summary>
    public static readonly TimeSpan WaitedOut = TimeSpan.FromMilliseconds(40);

    /// <summary>Ten years of 365 days, the broker's limit for a time to live.</summary>
    public static readonly long MaxUnits = Pipeline.DelayRange.Longest.Ticks / Unit.Ticks;

    /// <summary>The delay rounded up to 100 ms: exact, for schedules.</summary>
    public static DelayRoute Exact(TimeSpan delay, string address) => Of(UnitsOf(delay), address);

    /// <summary>The delay rounded up to two significant digits: fewer hops, for jittered retries.</summary>
    public static DelayRoute Rounded(TimeSpan delay, string address) => Of(RoundUp(UnitsOf(delay)), address);

    /// <summary>The delay in units of 100 ms, rounded up.</summary>
    public static long UnitsOf(TimeSpan delay) =>
        delay <= TimeSpan.Zero ? 0 : Math.Min(((delay.Ticks - 1) / Unit.Ticks) + 1, MaxUnits);

    /// <summary>The same for a task that carries its due time, before which no worker starts it: a remainder of up to 40 ms (<see cref="WaitedOut"/>) is left to that wait.</summary>
    public static long UnitsUntilDue(TimeSpan delay) => UnitsOf(delay - WaitedOut);

    /// <summary>Rounds up to two significant digits: 1,234 to 1,300; 9,950 carries to 10,000.</summary>
    public static long RoundUp(long units)
    {
        var step = 1L;
        while (units / step >= 100)
        {
            step *= 10;
        }

        return Math.Min((units + step - 1) / step * step, MaxUnits);
    }

    /// <summary>The part of a key that chooses the first queue of its way: up to the highest digit that is not zero. A key that leads straight to the end, or is none of ours, as a whole.</summary>
    public static string FirstHop(string routingKey)
    {
        for (var i = 0; i < 2 * Digits && i < routingKey.Length; i += 2)
        {
            if (routingKey[i] != '0')
            {
                return routingKey[..(i + 1)];
            }
        }

        return routingKey;
    }

    /// <summary>A delay in units of 100 ms.</summary>
    public static DelayRoute Of(long units, string address)
    {
        var key = string.Create((2 * Digits) + address.Length, (units, address), static (span, state) =>
        {
            var rest = state.units;
            for (var i = Digits - 1; i >= 0; i--)
            {
                span[2 * i] = (char)('0' + (rest % 10));
                span[(2 * i) + 1] = '.';
                rest /= 10;
            }

            state.address.CopyTo(span[(2 * Digits)..]);
        });
        return new DelayRoute(StageOf(units), key);
    }

    private static int StageOf(long units)
    {
        var stage = 0;
        for (; units >= 10; units /= 10)
        {
            stage++;
        }

        return stage;
    }
}
