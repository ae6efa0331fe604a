using TaskQueue.Handlers;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class TaskTypeNameTests
{
    [Theory]
    [InlineData("MakeThumbnails", "make-thumbnails")]
    [InlineData("HTMLExport2", "html-export2")]
    [InlineData("Export2Pdf", "export2-pdf")]
    [InlineData("S3Upload", "s3-upload")]
    [InlineData("Ping", "ping")]
    [InlineData("DB", "db")]
    [InlineData("sendMail", "send-mail")]
    [InlineData("Make_Thumbnails", "make_thumbnails")]
    public void A_conventional_name_has_a_dash_before_each_word(string clrName, string name) =>
        Assert.Equal(name, TaskTypeName.ByConvention(clrName));

    [Theory]
    [InlineData("a")]
    [InlineData("thumbnails.make")]
    [InlineData("A_b-1.c")]
    [InlineData("make-low")]
    [InlineData("low.make")]
    [InlineData("my-tasks.x")]
    public void Words_joined_by_dots_are_a_name(string name) => Assert.Null(TaskTypeName.FindFault(name));

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("größe")]
    [InlineData("a#")]
    [InlineData("make.low")]
    [InlineData("make.critical")]
    [InlineData("make.dead")]
    [InlineData("make.due")]
    [InlineData("make.suspect")]
    [InlineData("tasks.make")]
    [InlineData("delay")]
    [InlineData("dead.make")]
    [InlineData("unroutable")]
    public void Other_names_are_refused(string name) => Assert.NotNull(TaskTypeName.FindFault(name));

    [Fact]
    public void Two_hundred_bytes_are_the_longest_name()
    {
        Assert.Null(TaskTypeName.FindFault(new string('a', 200)));
        Assert.Contains("200", TaskTypeName.FindFault(new string('a', 201)), StringComparison.Ordinal);
    }
}
