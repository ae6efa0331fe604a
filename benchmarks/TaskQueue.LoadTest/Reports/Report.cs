using System.Text;
using System.Text.Json;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Reports;

/// <summary>The results of a run as a JSON file and as a Markdown page, one table a workload.</summary>
internal sealed class Report(string machine, Options options, IReadOnlyList<CellResult> results)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <returns>The page.</returns>
    public async Task<string> WriteAsync()
    {
        Directory.CreateDirectory(options.Results);
        var name = Path.Combine(options.Results, $"{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}");
        var page = ToMarkdown();
        await File.WriteAllTextAsync($"{name}.json", JsonSerializer.Serialize(new { machine, options.Rounds, options.Scale, options.Seed, results }, Indented));
        await File.WriteAllTextAsync($"{name}.md", page);
        return page;
    }

    private string ToMarkdown()
    {
        var page = new StringBuilder($"{machine}. {options.Rounds} rounds, seed {options.Seed}, scale {options.Scale}. Medians; in brackets the ratio to `{ContenderList.Yardstick}` of the same round, with its interval.\n");
        foreach (var workload in results.Select(result => result.Workload).Distinct())
        {
            page.Append($"\n## {workload}\n\n");
            AppendTable(page, [.. results.Where(result => result.Workload == workload)]);
        }

        return page.ToString();
    }

    private void AppendTable(StringBuilder page, IReadOnlyList<CellResult> cells)
    {
        var figures = cells.SelectMany(cell => cell.Figures.Keys).Distinct().ToList();
        page.Append($"| |{string.Concat(figures.Select(figure => $" {figure} |"))}\n| --- |{string.Concat(figures.Select(_ => " --- |"))}\n");
        foreach (var contender in options.Contenders)
        {
            page.Append($"| {contender} |{string.Concat(figures.Select(figure => $" {Describe(cells, contender, figure)} |"))}\n");
        }
    }

    private static string Describe(IReadOnlyList<CellResult> cells, string contender, string figure)
    {
        var own = cells.Where(cell => cell.Contender == contender && cell.Figures.ContainsKey(figure)).ToDictionary(cell => cell.Round, cell => cell.Figures[figure]);
        if (own.Count == 0)
        {
            return "failed";
        }

        var yardstick = cells.Where(cell => cell.Contender == ContenderList.Yardstick && cell.Figures.ContainsKey(figure)).ToDictionary(cell => cell.Round, cell => cell.Figures[figure]);
        var paired = own.Keys.Where(yardstick.ContainsKey).Select(round => own[round] / yardstick[round]).ToList();
        var median = $"{Medians.Of(own.Values):#,0.##}";
        if (contender == ContenderList.Yardstick || paired.Count == 0)
        {
            return median;
        }

        var ratio = PairedRatio.Of(paired);
        return $"{median} ({ratio.Median:0.00}; {ratio.Low:0.00} to {ratio.High:0.00})";
    }
}
