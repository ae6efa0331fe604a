using System.Buffers;
using System.Text.Json;
using TaskQueue.Serialization;
using Xunit;

namespace TaskQueue.Tests.Serialization;

/// <summary>What every serializer must do. Derived once for each.</summary>
public abstract class TaskSerializerTests(ITaskSerializer serializer)
{
    public static TheoryData<object> Tasks => SampleTasks.All;

    public static TheoryData<Type, string, string> Unwritable => UnwritableTasks.All;

    [Theory]
    [MemberData(nameof(Tasks), DisableDiscoveryEnumeration = true)]
    public void A_task_comes_back_as_it_was(object task)
    {
        var read = RoundTrip(task);

        Assert.Equal(task.GetType(), read.GetType());
        Assert.Equal(Image(task), Image(read));
    }

    [Theory]
    [MemberData(nameof(Tasks), DisableDiscoveryEnumeration = true)]
    public void A_writable_task_type_has_no_fault(object task) => Assert.Null(serializer.FindFault(task.GetType()));

    [Theory]
    [MemberData(nameof(Unwritable), DisableDiscoveryEnumeration = true)]
    public void An_unwritable_task_type_is_refused_with_the_member_and_the_cure(Type type, string member, string cure)
    {
        var fault = serializer.FindFault(type);

        Assert.NotNull(fault);
        Assert.Contains($"'{nameof(UnwritableTasks)}.{member}'", fault, StringComparison.Ordinal);
        Assert.Contains(cure, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_body_is_refused() => AssertRefused([]);

    [Fact]
    public void Bytes_after_the_task_are_refused() => AssertRefused([.. Write(new Positional(1, "a")), .. Write(new Positional(1, "a"))]);

    [Fact]
    public void A_body_cut_short_is_refused()
    {
        var body = Write(new Positional(1, "a"));
        for (var length = 0; length < body.Length; length++)
        {
            AssertRefused(body[..length]);
        }
    }

    [Fact]
    public void Members_that_are_not_known_are_passed_over()
    {
        var read = serializer.Deserialize<Outer.Nested>(Write(new Positional(5, "more")));

        Assert.Equal(5, read.Id);
    }

    [Fact]
    public void A_task_that_contains_itself_is_refused_when_it_is_written()
    {
        var children = new List<Tree>();
        var tree = new Tree("round", children);
        children.Add(tree);

        Assert.ThrowsAny<Exception>(() => Write(tree));
        Assert.NotEmpty(Write(new Positional(1, "and the next one is written all the same")));
    }

    [Fact]
    public void What_is_deep_enough_to_be_written_can_be_read()
    {
        var deepest = 0;
        var tree = new Tree("leaf", []);
        for (var depth = 1; depth < 200; depth++)
        {
            tree = new Tree("node", [tree]);
            if (TryWrite(tree) is { } body)
            {
                Assert.NotNull(serializer.Deserialize<Tree>(body));
                deepest = depth;
            }
        }

        Assert.InRange(deepest, 20, 150);
    }

    [Fact]
    public void Threads_may_share_it()
    {
        Parallel.For(0, 2_000, i => Assert.Equal(i, ((Positional)RoundTrip(new Positional(i, "shared"))).Id));
    }

    protected byte[] Write(object task)
    {
        var output = new ArrayBufferWriter<byte>();
        BodyWriter.For(task.GetType()).Write(serializer, task, output);
        return output.WrittenSpan.ToArray();
    }

    protected void AssertRefused(byte[] body) => Assert.ThrowsAny<Exception>(() => serializer.Deserialize<Positional>(body));

    private byte[]? TryWrite(object task)
    {
        try
        {
            return Write(task);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private object RoundTrip(object task) =>
        typeof(ITaskSerializer).GetMethod(nameof(ITaskSerializer.Deserialize))!
            .MakeGenericMethod(task.GetType())
            .Invoke(serializer, [new ReadOnlyMemory<byte>(Write(task))])!;

    // Collections compare by reference; their picture in a third format compares by value.
    private static string Image(object task) => JsonSerializer.Serialize(task, task.GetType(), ImageOptions);

    private static readonly JsonSerializerOptions ImageOptions = new() { IncludeFields = true };
}
