using System.Text.RegularExpressions;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>The documents keep up with the code.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void The_quick_start_of_the_README_is_HelloTasks_word_for_word()
    {
        Assert.Contains($"```csharp\n{Repository.Read("samples/HelloTasks/Program.cs").Trim()}\n```", Repository.Read("README.md"), StringComparison.Ordinal);
    }

    public static TheoryData<string> Exceptions =>
        [.. new[] { typeof(ITaskPublisher).Assembly, typeof(RabbitMqOptions).Assembly, typeof(PostgreSqlOptions).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.IsSubclassOf(typeof(TaskQueueException)) && !type.IsAbstract)
            .Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Every_exception_has_its_section_in_the_errors_page(string exception)
    {
        Assert.Contains($"\n## {exception}\n", Repository.Read("docs/errors.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_help_link_leads_to_an_anchor_in_the_errors_page()
    {
        var errors = Repository.Read("docs/errors.md");
        var anchors = Repository.Files("src", "*Exception.cs").SelectMany(path => AnchorPattern().Matches(Repository.Read(path))).Select(match => match.Groups[1].Value).Distinct();

        Assert.Empty(anchors.Where(anchor => !errors.Contains($"<a id=\"{anchor}\"></a>", StringComparison.Ordinal)));
    }

    public static TheoryData<string> Documents => [.. Repository.Files(".", "*.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_leads_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var targets = LinkPattern().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
            .Select(target => target.Split('#')[0]);

        Assert.Empty(targets.Where(target => !Path.Exists(Path.Combine(folder, target))));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_of_CSharp_is_compiled_somewhere(string document)
    {
        var compiled = Repository.Files("samples", "*.cs").Select(path => Flatten(Repository.Read(path))).ToArray();
        var blocks = BlockPattern().Matches(Repository.Read(document)).Select(match => Flatten(match.Groups[1].Value));

        Assert.Empty(blocks.Where(block => !compiled.Any(text => text.Contains(block, StringComparison.Ordinal))));
    }

    public static TheoryData<string> TestsNamedInDocuments =>
        [.. Repository.Files("docs", "*.md").SelectMany(path => TestPattern().Matches(Repository.Read(path))).Select(match => match.Groups[1].Value).Distinct()];

    [Theory]
    [MemberData(nameof(TestsNamedInDocuments))]
    public void Every_test_that_a_document_names_exists(string test)
    {
        var (type, name) = (test.Split('.')[0], test.Split('.')[1]);

        Assert.Contains(Repository.Files("tests", $"{type}.cs"), file => Repository.Read(file).Contains($" {name}(", StringComparison.Ordinal));
    }

    /// <summary>Number, level (empty where it depends) and text.</summary>
    public static TheoryData<string, string, string> LogMessages =>
        [.. Repository.Files("src", "Log.cs").SelectMany(path => LogMessagePattern().Matches(Repository.Read(path))).Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value))];

    [Theory]
    [MemberData(nameof(LogMessages))]
    public void Every_log_line_stands_in_its_page(string id, string level, string text) =>
        Assert.Matches($"(?m)^\\| {id} \\| {(level.Length > 0 ? level : "[^|]+")} \\| `{Regex.Escape(text)}` \\|$", Repository.Read("docs/log-lines.md"));

    [Fact]
    public void The_page_of_log_lines_has_no_other_ones() =>
        Assert.Equal(LogMessages.Count, LogRowPattern().Count(Repository.Read("docs/log-lines.md")));

    /// <summary>Blocks stand further left in a document than in the class around them.</summary>
    private static string Flatten(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("^```csharp\\n(.*?)\\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@": base\(\s*""([a-z-]+)""")]
    private static partial Regex AnchorPattern();

    [GeneratedRegex(@"`(\w+Tests\.[A-Z]\w+)`")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"^    \[LoggerMessage\(\D*(\d+), (?:LogLevel\.(\w+))?.*?""(.*)""\)\]$", RegexOptions.Multiline)]
    private static partial Regex LogMessagePattern();

    [GeneratedRegex(@"^\| \d+ \|", RegexOptions.Multiline)]
    private static partial Regex LogRowPattern();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();
}
