using System.Text;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Reports;

/// <summary>The results of a run as a Markdown page beside their file, one table a workload.</summary>
internal static class Report
{
    /// <returns>The page.</returns>
    public static async Task<string> WriteAsync(ResultLog log)
    {
        var page = ToMarkdown(log);
        await File.WriteAllTextAsync(Path.ChangeExtension(log.Path, ".md"), page);
        return page;
    }

    public static string ToMarkdown(ResultLog log)
    {
        var header = log.Header;
        var page = new StringBuilder($"{header.Machine}. Commit {header.Commit}, {header.Nodes} {(header.Nodes == 1 ? "node" : "nodes")}. {header.Rounds} rounds, seed {header.Seed}, scale {header.Scale}. Medians of the rounds; in brackets the median of the ratios, each of two cells of one round, between which two the true one lies, and with which probability.\n");
        foreach (var workload in header.Workloads.Select(WorkloadList.Find))
        {
            page.Append($"\n## {workload.Name}\n\nRatios are to `{workload.ComparedWith ?? ContenderList.Yardstick}`{(workload.ComparedWith is null ? "" : " of the same contender")}.\n\n");
            new WorkloadTable(workload, log).AppendTo(page);
        }

        new GrowthTable(log).AppendTo(page);
        return page.ToString();
    }
}
