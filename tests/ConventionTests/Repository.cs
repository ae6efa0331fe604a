using System.Reflection;
using System.Xml.Linq;

namespace TaskQueue.ConventionTests;

/// <summary>The checkout under test, as files.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", ".artifacts", ".git", "TestResults", ".vs"];

    public static string Root { get; } = Path.GetFullPath(typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static IReadOnlyList<string> Folders(string path) =>
        [.. Directory.GetDirectories(Path.Combine(Root, path)).Select(folder => Path.GetFileName(folder)!).Except(NotOurs).Order(StringComparer.Ordinal)];

    /// <summary>Files below a folder, relative to the root, generated ones left out.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(NotOurs.Contains))
            .Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> ProjectReferences(string project) => Items(project, "ProjectReference", Path.GetFileNameWithoutExtension);

    public static IReadOnlyList<string> PackageReferences(string project) => Items(project, "PackageReference", name => name);

    private static IReadOnlyList<string> Items(string project, string kind, Func<string, string?> name) =>
        [.. XDocument.Parse(Read(project)).Descendants(kind).Select(item => name(item.Attribute("Include")!.Value.Replace('\\', '/'))!)];
}
