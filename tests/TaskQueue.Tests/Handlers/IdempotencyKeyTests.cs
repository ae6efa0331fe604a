using System.Buffers;
using TaskQueue.Handlers;
using Xunit;

namespace TaskQueue.Tests.Handlers;

/// <summary>The key that a task has by what <see cref="IdempotencyKeyAttribute"/> marks.</summary>
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
        Assert.Empty(Key(new OneText(""))!);
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
    public void One_instant_is_one_key_whatever_its_zone()
    {
        var utc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(67);
        Assert.Equal("2026-01-02T03:04:05.0000067", Key(new OnTime(utc)));
        Assert.Equal(Key(new OnTime(utc)), Key(new OnTime(utc.ToOffset(TimeSpan.FromHours(5)))));
        Assert.Equal(Key(new OnTime(utc)), Key(new OnDate(utc.UtcDateTime)));
        Assert.Equal(Key(new OnTime(utc)), Key(new OnDate(DateTime.SpecifyKind(utc.UtcDateTime, DateTimeKind.Unspecified))));
    }

    [Fact]
    public void A_key_is_the_same_before_and_after_the_way()
    {
        var task = new OnMany(TimeProvider.System.GetLocalNow().LocalDateTime, TimeProvider.System.GetLocalNow(), 1.50m, -0.0, -0.0f, Size.Large, new Uri("https://example.com/a%3Ab"), true, new TimeOnly(3, 4));

        Assert.EndsWith(":1.5:0:0:2:https%3A//example.com/a%253Ab:True:03%3A04%3A00.0000000", Key(task), StringComparison.Ordinal);
        Assert.All(new[] { TaskSerializers.MessagePack, TaskSerializers.Json }, serializer =>
        {
            var body = new ArrayBufferWriter<byte>();
            serializer.Serialize(task, body);
            Assert.Equal(Key(task), Key(serializer.Deserialize<OnMany>(body.WrittenMemory)));
        });
    }

    [Fact]
    public void What_a_base_type_marks_comes_first()
    {
        Assert.Equal("a:b", Key(new Derived("a", "b")));
        Assert.Equal("a", Key(new Unmarked("a", "b")));
        Assert.Equal("other", Key(new Overriding()));
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

    public enum Size
    {
        Small = 1,
        Large = 2,
    }

    private record Base([IdempotencyKey] string First);

    private sealed record Derived(string First, [IdempotencyKey] string Second) : Base(First);

    private sealed record Unmarked(string First, string Second) : Base(First);

    private class Overridden
    {
        [IdempotencyKey]
        public virtual string Text => "text";
    }

    private sealed class Overriding : Overridden
    {
        public override string Text => "other";
    }

    public sealed record OnMany(
        [IdempotencyKey] DateTime Local,
        [IdempotencyKey] DateTimeOffset At,
        [IdempotencyKey] decimal Amount,
        [IdempotencyKey] double Length,
        [IdempotencyKey] float Width,
        [IdempotencyKey] Size Size,
        [IdempotencyKey] Uri Uri,
        [IdempotencyKey] bool Flag,
        [IdempotencyKey] TimeOnly Time);

    private sealed record OneText([IdempotencyKey] string? Text);

    private sealed record OnAmount([IdempotencyKey] decimal Amount);

    private sealed record OnDate([IdempotencyKey] DateTime At);

    private sealed record OnTime([IdempotencyKey] DateTimeOffset At);

    public sealed record OnList([IdempotencyKey] List<int> Items);
}
