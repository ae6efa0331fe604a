using System.Globalization;

namespace TaskQueue.LoadTest;

/// <summary>The CPU of a broker on this machine, as Linux counts it: user and system time of its processes and of children that have ended, to 10 ms.</summary>
internal static class BrokerProcesses
{
    // Of all systems that .NET runs on: sysconf(_SC_CLK_TCK).
    private const double TicksPerSecond = 100;

    // proc_pid_stat(5), counted from the state, which follows the name.
    private const int Parent = 1;
    private const int FirstTime = 11;
    private const int Times = 4;

    /// <summary>These processes and all below them; none where there is no /proc, as on macOS.</summary>
    /// <param name="roots">The first process of each of the broker's containers.</param>
    public static IReadOnlyList<int> TreesOf(IReadOnlyList<int> roots)
    {
        if (roots.Count == 0 || !Directory.Exists("/proc"))
        {
            return [];
        }

        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Select(id => (Id: id, Stat: id > 0 ? ReadStat(id) : null))
            .Where(process => process.Stat is not null)
            .ToDictionary(process => process.Id, process => int.Parse(process.Stat![Parent], CultureInfo.InvariantCulture));
        return [.. parents.Keys.Where(IsBelow)];

        bool IsBelow(int id)
        {
            while (!roots.Contains(id) && parents.TryGetValue(id, out var parent))
            {
                id = parent;
            }

            return roots.Contains(id) && parents.ContainsKey(id);
        }
    }

    /// <summary>What they have used so far; one that has ended counts nothing.</summary>
    public static TimeSpan CpuOf(IReadOnlyList<int> processes) =>
        TimeSpan.FromSeconds(processes.Sum(id => ReadStat(id) is { } stat ? stat.Skip(FirstTime).Take(Times).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) : 0) / TicksPerSecond);

    // Behind the name, which may hold blanks and brackets.
    private static string[]? ReadStat(int id)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{id}/stat");
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
