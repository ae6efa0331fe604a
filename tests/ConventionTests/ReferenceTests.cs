using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>References point one way: everything to the core, and only one project to RabbitMQ.Client.</summary>
public class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["TaskQueue"] = [],
        ["TaskQueue.RabbitMq"] = ["TaskQueue"],
        ["TaskQueue.OpenTelemetry"] = ["TaskQueue"],
        ["TaskQueue.Redis"] = ["TaskQueue"],
        ["TaskQueue.PostgreSql"] = ["TaskQueue"],
        ["TaskQueue.EntityFrameworkCore"] = ["TaskQueue.PostgreSql"],
    };

    public static TheoryData<string> SourceProjects => [.. Repository.Files("src", "*.csproj")];

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void A_source_project_references_only_what_lies_below_it(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);

        Assert.True(Allowed.ContainsKey(name), $"'{name}' is a new project: add it to the table of allowed references.");
        Assert.Empty(Repository.ProjectReferences(project).Except(Allowed[name]));
    }

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Only_the_RabbitMq_project_references_the_client(string project)
    {
        var references = Repository.PackageReferences(project).Contains("RabbitMQ.Client");

        Assert.Equal(Path.GetFileNameWithoutExtension(project) == "TaskQueue.RabbitMq", references);
    }

    [Fact]
    public void The_core_assembly_knows_no_broker()
    {
        var names = typeof(ITaskPublisher).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!);

        Assert.DoesNotContain(names, name => name.StartsWith("RabbitMQ", StringComparison.Ordinal));
    }

    [Fact]
    public void Package_versions_stand_in_one_file()
    {
        var withVersion = Repository.Files(".", "*.csproj").Where(project => Repository.Read(project).Contains("<PackageReference", StringComparison.Ordinal)
            && System.Text.RegularExpressions.Regex.IsMatch(Repository.Read(project), "<PackageReference[^>]*Version="));

        Assert.Empty(withVersion);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        // Its packages are not served everywhere, and nothing but the load test needs them.
        string[] apart = ["benchmarks/TaskQueue.LoadTest.Wolverine/TaskQueue.LoadTest.Wolverine.csproj"];
        var solution = Repository.Read("TaskQueue.sln").Replace('\\', '/');

        Assert.Equal(apart, Repository.Files(".", "*.csproj").Where(project => !solution.Contains(project, StringComparison.Ordinal)));
    }
}
