using TaskQueue.Handlers;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class IdempotencyKeyTests
{
    [Fact]
    public void A_type_without_a_mark_has_no_key() => Assert.Null(IdempotencyKeyReader.Create(typeof(Ship), []));

    [Fact]
    public void One_marked_parameter_is_the_key() => Assert.Equal("42", Key(new OnParameter(42, "x")));

    [Fact]
    public void Marked_properties_are_joined_in_their_order() => Assert.Equal("b:1:2026-01-02", Key(new OnProperties { Second = 1, First = "b", Day = new DateOnly(2026, 1, 2) }));

    [Fact]
    public void Parts_that_contain_the_separator_cannot_be_mistaken_for_two() =>
        Assert.NotEqual(Key(new TwoTexts("a:b", "c")), Key(new TwoTexts("a", "b:c")));

    [Fact]
    public void A_key_of_which_nothing_is_given_is_none()
    {
        Assert.Null(Key(new TwoTexts(null, null)));
        Assert.Null(Key(new TwoTexts("", null)));
        Assert.Null(Key(new OneText("")));
    }

    [Fact]
    public void What_is_null_is_not_what_is_empty()
    {
        Assert.Equal("a:%", Key(new TwoTexts("a", null)));
        Assert.Equal("a:", Key(new TwoTexts("a", "")));
        Assert.Equal("a:%25", Key(new TwoTexts("a", "%")));
    }

    [Fact]
    public void Equal_amounts_are_one_key_however_many_digits_they_have()
    {
        Assert.Equal("1", Key(new OnAmount(1.00m)));
        Assert.Equal("-0.1", Key(new OnAmount(-0.10m)));
        Assert.Equal("79228162514264337593543950335", Key(new OnAmount(decimal.MaxValue)));
        Assert.NotEqual(Key(new OnAmount(0.0000000000000000000000000001m)), Key(new OnAmount(0.0000000000000000000000000002m)));
    }

    [Fact]
    public void One_instant_is_one_key_whatever_its_zone_and_however_it_has_travelled()
    {
        var utc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(67);
        Assert.Equal("2026-01-02T03:04:05.0000067", Key(new OnTime(utc)));
        Assert.Equal(Key(new OnTime(utc)), Key(new OnTime(utc.ToOffset(TimeSpan.FromHours(5)))));
        Assert.All(
            new[] { utc.UtcDateTime, utc.LocalDateTime, DateTime.SpecifyKind(utc.UtcDateTime, DateTimeKind.Unspecified) },
            time => Assert.Equal(Key(new OnTime(utc)), Key(new OnDate(time))));
    }

    [Fact]
    public void Times_keep_their_fractions() =>
        Assert.NotEqual(Key(new OnTime(DateTimeOffset.UnixEpoch)), Key(new OnTime(DateTimeOffset.UnixEpoch.AddTicks(1))));

    [Fact]
    public void A_collection_is_no_key() =>
        Assert.Contains("OnList.Items", Assert.Single(Configured.Faults(queue => queue.ForTask<OnList>(_ => { }))), StringComparison.Ordinal);

    private static string? Key(object task)
    {
        var faults = new List<string>();
        var key = IdempotencyKeyReader.Create(task.GetType(), faults)!(task);
        Assert.Empty(faults);
        return key;
    }

    private sealed record OnParameter([IdempotencyKey] int Id, string Note);

    private sealed class OnProperties
    {
        [IdempotencyKey]
        public string? First { get; set; }

        [IdempotencyKey]
        public int Second { get; set; }

        [IdempotencyKey]
        public DateOnly Day { get; set; }

        public int Other { get; set; }
    }

    private sealed record TwoTexts([IdempotencyKey] string? First, [property: IdempotencyKey] string? Second);

    private sealed record OneText([IdempotencyKey] string? Text);

    private sealed record OnAmount([IdempotencyKey] decimal Amount);

    private sealed record OnDate([IdempotencyKey] DateTime At);

    private sealed record OnTime([IdempotencyKey] DateTimeOffset At);

    public sealed record OnList([IdempotencyKey] List<int> Items);
}
