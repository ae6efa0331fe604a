using System.Text.RegularExpressions;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>The shape of the tree: features are folders, folders are namespaces, files are types, tests mirror sources.</summary>
public partial class TreeTests
{
    private const int LongestFile = 300;

    public static TheoryData<string> SourceFiles => [.. Repository.Files("src", "*.cs")];

    [Fact]
    public void The_core_has_the_folders_of_the_design()
    {
        Assert.Equal(["Handlers", "Idempotency", "Middleware", "Pipeline", "Retry", "Serialization", "Telemetry"], Repository.Folders("src/TaskQueue"));
    }

    [Fact]
    public void The_RabbitMq_folders_tell_the_story_of_the_broker()
    {
        Assert.Equal(["Connection", "Consuming", "DeadLetters", "Delays", "Health", "Publishing", "Suspects", "Topology"], Repository.Folders("src/TaskQueue.RabbitMq"));
    }

    [Fact]
    public void Every_source_project_has_a_test_project()
    {
        Assert.Empty(Repository.Folders("src").Select(name => $"{name}.Tests").Except(Repository.Folders("tests")));
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void A_source_file_is_named_after_a_type_in_it_and_stays_short(string path)
    {
        var text = Repository.Read(path);
        var name = Path.GetFileNameWithoutExtension(path);

        Assert.True(text.Split('\n').Length <= LongestFile, $"'{path}' has over {LongestFile} lines: a second idea hides in it.");
        Assert.Matches($@"\b(class|record|struct|interface|enum|delegate)\b[^\n]*\b{Regex.Escape(name)}\b", text);
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void A_source_file_has_the_namespace_of_its_folder_or_of_the_users_API(string path)
    {
        var expected = Path.GetDirectoryName(path)!["src/".Length..].Replace('/', '.');
        var declared = NamespacePattern().Match(Repository.Read(path)).Groups[1].Value;
        var isRootFile = path.Count(c => c == '/') == 2;

        // What users write stands in one namespace, so that one using is enough; OpenTelemetry's builders are extended in their own.
        Assert.True(declared == expected || (isRootFile && (declared == "TaskQueue" || declared.StartsWith("OpenTelemetry.", StringComparison.Ordinal))),
            $"'{path}' declares the namespace '{declared}'; its folder says '{expected}'.");
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void A_source_file_leaves_nothing_unfinished(string path)
    {
        Assert.DoesNotMatch(@"\b(TODO|FIXME|HACK|NotImplementedException)\b", Repository.Read(path));
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();
}
