using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Delays;

/// <summary>
/// The delay line as data. Stage <i>n</i> has a topic exchange and a quorum queue for each digit 1 to 9, which holds a message for
/// digit × 10ⁿ × 100 ms and then dead-letters it, key unchanged, into the exchange of the next lower stage. There, the key's next non-zero digit
/// picks the next queue: runs of zeros are skipped by a binding straight to it, and a key of zeros alone leads to the end of the line.
/// Every exchange takes every key that is zero above its stage, so a publisher in another language may enter at stage 9 always.
/// </summary>
internal static class DelayLinePlan
{
    /// <summary>The broker refuses a longer time to live: <c>check_expiry</c> in rabbit_misc.erl, ten years of 365 days.</summary>
    private const long MaxTimeToLiveMs = 315_360_000_000;

    private const int TopStage = DelayRoute.Digits - 1;

    /// <summary>Everything but the marker (<see cref="Marker"/>) and the two exchanges at the end, which belong to every process.</summary>
    public static TopologyPlan For(TopologyNames names) => new(
        [.. Stages().Select(stage => new ExchangePlan(names.DelayExchange(stage), "topic", TopologyPlan.NoArguments))],
        [.. Stages().SelectMany(stage => DigitsOf(stage).Select(digit => Queue(names, stage, digit)))],
        [.. Stages().SelectMany(stage => BindingsOf(names, stage))]);

    /// <summary>Declared last: its existence says that all of the line exists.</summary>
    public static ExchangePlan Marker(TopologyNames names) => new(names.DelayMarkerExchange, "fanout", TopologyPlan.NoArguments);

    /// <summary>The binding pattern of an address at the end of the line. Exact words, for with <c>#.b</c> the address <c>a.b</c> would match as
    /// well.</summary>
    public static string DeliverPattern(string address) => string.Concat(Enumerable.Repeat("*.", DelayRoute.Digits)) + address;

    /// <summary>The queue's name as people say it: 300ms, 30s, 2000s.</summary>
    public static string QueueName(TopologyNames names, int stage, int digit) =>
        stage == 0 ? $"{names.Prefix}.delay.{digit}00ms" : $"{names.Prefix}.delay.{TimeToLiveMs(stage, digit) / 1000}s";

    // From the first stage up, so that what a queue dead-letters into is there before the queue is.
    private static IEnumerable<int> Stages() => Enumerable.Range(0, DelayRoute.Digits);

    private static IEnumerable<int> DigitsOf(int stage) =>
        Enumerable.Range(1, 9).Where(digit => TimeToLiveMs(stage, digit) <= MaxTimeToLiveMs);

    private static long TimeToLiveMs(int stage, int digit)
    {
        var milliseconds = digit * 100L;
        for (var i = 0; i < stage; i++)
        {
            milliseconds *= 10;
        }

        return milliseconds;
    }

    private static QueuePlan Queue(TopologyNames names, int stage, int digit) => new(
        QueueName(names, stage, digit),
        QueueArguments.Delay(TimeToLiveMs(stage, digit), stage == 0 ? names.DeliverExchange : names.DelayExchange(stage - 1)));

    private static IEnumerable<BindingPlan> BindingsOf(TopologyNames names, int stage)
    {
        var source = names.DelayExchange(stage);
        for (var target = stage; target >= 0; target--)
        {
            foreach (var digit in DigitsOf(target))
            {
                yield return new BindingPlan(source, QueueName(names, target, digit), ToExchange: false, Pattern(stage, zeros: stage - target, digit));
            }
        }

        yield return new BindingPlan(source, names.DeliverExchange, ToExchange: true, Pattern(stage, zeros: stage + 1, digit: null));
    }

    private static string Pattern(int stage, int zeros, int? digit) =>
        string.Concat(Enumerable.Repeat("*.", TopStage - stage))
        + string.Concat(Enumerable.Repeat("0.", zeros))
        + (digit is { } value ? $"{value}." : "") + "#";
}
