using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class SuspectHeadersTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    [Fact]
    public void A_move_carries_the_sum_and_the_time()
    {
        var headers = SuspectHeaders.Moved(new CrashHistory(Before: 1, Here: 2, AsSuspect: 0, SuspectSince: null), Now);

        Assert.Equal(new Dictionary<string, object?> { ["tq-crashes"] = 3, ["tq-suspect-since"] = 1_700_000_000_000L }, headers);
    }

    [Fact]
    public void What_is_put_off_keeps_its_crashes_and_those_as_a_suspect_apart()
    {
        Assert.Equal(
            new Dictionary<string, object?> { ["tq-crashes"] = 4, ["tq-suspect-since"] = 1_700_000_000_000L, ["tq-suspect-crashes"] = 1 },
            Kept(new CrashHistory(Before: 3, Here: 1, AsSuspect: 0, SuspectSince: Now.AddHours(-1)), crashesAsSuspect: 1));
        Assert.Equal(new Dictionary<string, object?> { ["tq-crashes"] = 2 }, Kept(new CrashHistory(Before: 1, Here: 1, AsSuspect: 0, SuspectSince: null), crashesAsSuspect: 0));
        Assert.Empty(Kept(default, crashesAsSuspect: 0));
    }

    private static Dictionary<string, object?> Kept(CrashHistory history, int crashesAsSuspect)
    {
        var changes = new Dictionary<string, object?>();
        SuspectHeaders.Keep(changes, history, crashesAsSuspect, Now);
        return changes;
    }
}
