using System.Text;
using System.Text.Json.Serialization;
using Xunit;

namespace TaskQueue.Tests.Serialization;

public sealed class JsonTaskSerializerTests() : TaskSerializerTests(TaskSerializers.Json)
{
    [Fact]
    public void The_content_type_is_that_of_the_wire_format() => Assert.Equal("application/json", TaskSerializers.Json.ContentType);

    [Fact]
    public void A_body_has_the_exact_property_names() =>
        Assert.Equal("""{"Id":7,"Name":"seven"}""", Encoding.UTF8.GetString(Write(new Positional(7, "seven"))));

    [Fact]
    public void Names_are_read_without_regard_to_case() =>
        Assert.Equal(new Positional(7, "seven"), Read<Positional>("""{"id":7,"NAME":"seven"}"""));

    [Theory]
    [InlineData("\"Blue\"")]
    [InlineData("\"blue\"")]
    [InlineData("17")]
    public void Enums_are_read_by_name_and_by_number(string colour) =>
        Assert.Equal(new PositionalStruct(1, Colour.Blue), Read<PositionalStruct>($$"""{"Id":1,"Colour":{{colour}}}"""));

    [Fact]
    public void Null_is_refused() => AssertRefused(Encoding.UTF8.GetBytes("null"));

    [Fact]
    public void Derived_types_that_are_declared_are_written_and_read()
    {
        Assert.Null(TaskSerializers.Json.FindFault(typeof(WithFigure)));
        var read = TaskSerializers.Json.Deserialize<WithFigure>(Write(new WithFigure(new Circle(2))));
        Assert.Equal(new Circle(2), read.Figure);
    }

    [Fact]
    public void Several_constructors_are_refused_unless_one_is_marked()
    {
        Assert.Contains("[JsonConstructor]", TaskSerializers.Json.FindFault(typeof(TwoConstructors)), StringComparison.Ordinal);
        Assert.Null(TaskSerializers.Json.FindFault(typeof(TwoConstructorsOneMarked)));
    }

    [Fact]
    public void Keys_that_json_cannot_write_are_refused() =>
        Assert.Contains("keys", TaskSerializers.Json.FindFault(typeof(WithRecordKeys)), StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_is_refused() =>
        AssertRefused(Encoding.UTF8.GetBytes("{\"?\":" + new string('[', 100_000)));

    [Fact]
    public void A_read_only_struct_whose_value_would_be_lost_is_refused() =>
        Assert.Contains("'init'", TaskSerializers.Json.FindFault(typeof(LostStruct)), StringComparison.Ordinal);

    private static TTask Read<TTask>(string json)
        where TTask : notnull => TaskSerializers.Json.Deserialize<TTask>(Encoding.UTF8.GetBytes(json));

    public sealed record WithFigure(Figure Figure);

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract record Figure;

    public sealed record Circle(int Radius) : Figure;

    public sealed class TwoConstructors
    {
        public TwoConstructors(int id) => Id = id;

        public TwoConstructors(int id, int factor) => Id = id * factor;

        public int Id { get; }
    }

    public sealed class TwoConstructorsOneMarked
    {
        [JsonConstructor]
        public TwoConstructorsOneMarked(int id) => Id = id;

        public TwoConstructorsOneMarked(int id, int factor) => Id = id * factor;

        public int Id { get; }
    }

    public sealed record WithRecordKeys(Dictionary<Positional, int> Map);

    public readonly struct LostStruct(int id)
    {
        public int Id { get; } = id;
    }
}
