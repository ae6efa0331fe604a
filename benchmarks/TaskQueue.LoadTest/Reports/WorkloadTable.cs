using System.Text;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Reports;

/// <summary>One workload's results: a row a contender, a column a figure.</summary>
internal sealed class WorkloadTable(IWorkload workload, ResultLog log)
{
    private readonly List<string> _figures = [.. log.Results.Where(result => result.Key.Workload == workload.Name).SelectMany(result => result.Outcome.Figures.Keys).Distinct()];

    public void AppendTo(StringBuilder page)
    {
        page.Append($"| |{string.Concat(_figures.Select(figure => $" {figure} |"))}\n| --- |{string.Concat(_figures.Select(_ => " --- |"))}\n");
        foreach (var contender in log.Header.Contenders)
        {
            page.Append($"| {contender} |{string.Concat(RowOf(contender).Select(cell => $" {cell} |"))}\n");
        }
    }

    private IEnumerable<string> RowOf(string contender)
    {
        var own = CellsOf(workload.Name, contender).ToList();
        var reason = own.Find(result => result.Outcome.Unsupported is not null)?.Outcome.Unsupported;
        return reason is null
            ? _figures.Select(figure => Describe(contender, figure))
            : _figures.Select((_, column) => column == 0 ? $"not measured: {reason}" : "").DefaultIfEmpty($"not measured: {reason}");
    }

    private string Describe(string contender, string figure)
    {
        var own = FiguresOf(workload.Name, contender, figure);
        if (own.Count == 0)
        {
            return "failed";
        }

        var others = workload.ComparedWith is { } name ? FiguresOf(name, contender, figure)
            : contender == ContenderList.Yardstick ? []
            : FiguresOf(workload.Name, ContenderList.Yardstick, figure);
        var ratios = own.Keys.Where(round => others.TryGetValue(round, out var other) && other != 0).Select(round => own[round] / others[round]).ToList();
        var value = Medians.Of(own.Values);
        var median = $"{value:#,0.##}{(workload.Judge(figure, value) is { } verdict ? $", {verdict}" : "")}";
        return ratios.Count == 0 ? median : $"{median} ({PairedRatio.Of(ratios)})";
    }

    /// <summary>By round.</summary>
    private Dictionary<int, double> FiguresOf(string name, string contender, string figure) =>
        CellsOf(name, contender).Where(result => result.Outcome.Figures.ContainsKey(figure)).ToDictionary(result => result.Key.Round, result => result.Outcome.Figures[figure]);

    private IEnumerable<CellResult> CellsOf(string name, string contender) =>
        log.Results.Where(result => result.Key.Workload == name && result.Key.Contender == contender);
}
