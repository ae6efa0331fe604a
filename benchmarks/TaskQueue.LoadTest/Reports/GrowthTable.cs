using System.Text;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Reports;

/// <summary>One table of all workloads that show how something grows: a row an amount and contender, medians of the rounds.</summary>
internal sealed class GrowthTable(ResultLog log)
{
    /// <summary>How many task types are reckoned, beyond the most that are measured.</summary>
    private const double Extrapolated = 1_000;

    private const string Throughput = "tasks/s";

    private static readonly string[] Figures = [Throughput, "p50 ms", "p99 ms", "start ms", "resident MB"];

    private readonly List<(string Workload, GrowthStep Step)> _steps =
        [.. log.Header.Workloads.Select(WorkloadList.Find).Where(workload => workload.Growth is not null).Select(workload => (workload.Name, workload.Growth!))];

    public void AppendTo(StringBuilder page)
    {
        if (_steps.Count == 0)
        {
            return;
        }

        page.Append("\n## Growth\n\nMedians. What is extrapolated goes on in the straight line that fits all amounts best (least squares): start and memory themselves, throughput by the time a task takes.\n\n");
        page.Append($"| more of | | |{string.Concat(Figures.Select(figure => $" {figure} |"))}\n| --- | --- | --- |{string.Concat(Figures.Select(_ => " --- |"))}\n");
        foreach (var axis in _steps.GroupBy(step => step.Step.Axis))
        {
            foreach (var contender in log.Header.Contenders)
            {
                AppendRows(page, [.. axis], contender);
            }
        }
    }

    private void AppendRows(StringBuilder page, IReadOnlyList<(string Workload, GrowthStep Step)> steps, string contender)
    {
        var measured = steps.Select(step => (step.Step, Figures: MediansOf(step.Workload, contender))).Where(row => row.Figures.Count > 0).ToList();
        foreach (var (step, figures) in measured)
        {
            Append(page, step.Axis, contender, step.Label, figures);
        }

        if (measured is [_, _, ..] && measured[0].Step.Axis == GrowthAxes.TaskTypes)
        {
            Append(page, GrowthAxes.TaskTypes, contender, $"{Extrapolated:#,0}, extrapolated", Extrapolate(measured));
        }
    }

    private static Dictionary<string, double> Extrapolate(IReadOnlyList<(GrowthStep Step, Dictionary<string, double> Figures)> measured)
    {
        return new Dictionary<string, double>
        {
            [Throughput] = 1 / Line(figures => 1 / figures[Throughput]),
            ["start ms"] = Line(figures => figures["start ms"]),
            ["resident MB"] = Line(figures => figures["resident MB"]),
        };

        double Line(Func<Dictionary<string, double>, double> figure)
        {
            var (amount, value) = (measured.Average(row => row.Step.Amount), measured.Average(row => figure(row.Figures)));
            var slope = measured.Sum(row => (row.Step.Amount - amount) * (figure(row.Figures) - value)) / measured.Sum(row => (row.Step.Amount - amount) * (row.Step.Amount - amount));
            return value + (slope * (Extrapolated - amount));
        }
    }

    private static void Append(StringBuilder page, string axis, string contender, string label, Dictionary<string, double> figures) =>
        page.Append($"| {axis} | {label} | {contender} |{string.Concat(Figures.Select(figure => figures.TryGetValue(figure, out var value) ? $" {value:#,0.##} |" : " |"))}\n");

    private Dictionary<string, double> MediansOf(string workload, string contender) =>
        log.Results.Where(result => result.Key.Workload == workload && result.Key.Contender == contender)
            .SelectMany(result => result.Outcome.Figures)
            .GroupBy(figure => figure.Key, figure => figure.Value)
            .ToDictionary(group => group.Key, Medians.Of);
}
