using System.Reflection;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>What users see is what was meant to be seen.</summary>
public class PublicApiTests
{
    public static TheoryData<Assembly> Assemblies => [typeof(ITaskPublisher).Assembly, typeof(RabbitMqOptions).Assembly];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Public_classes_are_sealed_static_or_abstract(Assembly assembly)
    {
        Assert.Empty(assembly.GetExportedTypes().Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract && !typeof(Delegate).IsAssignableFrom(type)));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_public_name_collides_with_the_class_librarys_tasks(Assembly assembly)
    {
        string[] taken = ["Task", "TaskStatus", "TaskScheduler", "TaskFactory", "TaskCompletionSource", "TaskCanceledException"];

        Assert.Empty(assembly.GetExportedTypes().Select(type => type.Name).Intersect(taken));
    }
}
