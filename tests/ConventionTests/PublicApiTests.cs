using System.Reflection;
using OpenTelemetry.Metrics;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>What users see is what was meant to be seen.</summary>
public class PublicApiTests
{
    public static TheoryData<Assembly> Assemblies =>
        [typeof(ITaskPublisher).Assembly, typeof(RabbitMqOptions).Assembly, typeof(TaskQueueMeterProviderBuilderExtensions).Assembly];

    public static TheoryData<string> Projects => [.. Repository.Folders("src")];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Public_classes_are_sealed_static_or_abstract(Assembly assembly)
    {
        Assert.Empty(assembly.GetExportedTypes().Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract && !typeof(Delegate).IsAssignableFrom(type)));
    }

    // The analyzer compares the code with these files; a project without them would be checked against nothing.
    [Theory]
    [MemberData(nameof(Projects))]
    public void The_public_surface_of_each_project_is_written_down(string project)
    {
        string[] files = [$"src/{project}/PublicAPI.Shipped.txt", $"src/{project}/PublicAPI.Unshipped.txt"];

        Assert.Contains(files.SelectMany(file => Repository.Read(file).Split('\n')), line => line.Trim() is { Length: > 0 } text && text[0] != '#');
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_public_name_collides_with_the_class_librarys_tasks(Assembly assembly)
    {
        string[] taken = ["Task", "TaskStatus", "TaskScheduler", "TaskFactory", "TaskCompletionSource", "TaskCanceledException"];

        Assert.Empty(assembly.GetExportedTypes().Select(type => type.Name).Intersect(taken));
    }
}
