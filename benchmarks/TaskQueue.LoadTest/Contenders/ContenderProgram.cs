using System.Diagnostics;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Where a contender runs: the program of a project beside this one, built in the same configuration, and the library that it brings.</summary>
/// <param name="Name">The contender's name.</param>
/// <param name="Project">The project's folder and assembly.</param>
/// <param name="Library">The assembly whose version the report names.</param>
/// <param name="Share">How much of a backlog it is given to handle, so that it takes about as long as the fastest: most of a drain's time is the filling of its queue.</param>
internal sealed record ContenderProgram(string Name, string Project, string Library, double Share = 1)
{
    /// <summary>The program's assembly.</summary>
    public string Path => PathOf(Project);

    /// <summary>Whether it is there: a peer whose packages cannot be had is not.</summary>
    public bool IsBuilt => File.Exists(Path);

    /// <summary>Name and version of the library, without the commit behind the plus sign.</summary>
    public string Version => $"{Library} {FileVersionInfo.GetVersionInfo(PathOf(Library)).ProductVersion?.Split('+')[0]}";

    // benchmarks/<project>/bin/<configuration>/<framework>/
    private string PathOf(string assembly)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        return System.IO.Path.Combine(folder.Parent!.Parent!.Parent!.Parent!.FullName, Project, "bin", folder.Parent.Name, folder.Name, $"{assembly}.dll");
    }
}
