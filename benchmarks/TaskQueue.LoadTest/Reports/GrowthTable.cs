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

        page.Append("\n## Growth\n\nMedians. What is extrapolated goes on in a straight line from the last two amounts: start and memory themselves, throughput by the time a task takes.\n\n");
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

        if (measured is [.., var before, var last] && last.Step.Axis == GrowthAxes.TaskTypes)
        {
            Append(page, last.Step.Axis, contender, $"{Extrapolated:#,0}, extrapolated", Extrapolate(before, last));
        }
    }

    private static Dictionary<string, double> Extrapolate((GrowthStep Step, Dictionary<string, double> Figures) before, (GrowthStep Step, Dictionary<string, double> Figures) last)
    {
        var part = (Extrapolated - last.Step.Amount) / (last.Step.Amount - before.Step.Amount);
        return new Dictionary<string, double>
        {
            [Throughput] = 1 / Line(1 / before.Figures[Throughput], 1 / last.Figures[Throughput]),
            ["start ms"] = Line(before.Figures["start ms"], last.Figures["start ms"]),
            ["resident MB"] = Line(before.Figures["resident MB"], last.Figures["resident MB"]),
        };

        double Line(double from, double to) => to + (part * (to - from));
    }

    private static void Append(StringBuilder page, string axis, string contender, string label, Dictionary<string, double> figures) =>
        page.Append($"| {axis} | {label} | {contender} |{string.Concat(Figures.Select(figure => figures.TryGetValue(figure, out var value) ? $" {value:#,0.##} |" : " |"))}\n");

    private Dictionary<string, double> MediansOf(string workload, string contender) =>
        log.Results.Where(result => result.Key.Workload == workload && result.Key.Contender == contender)
            .SelectMany(result => result.Outcome.Figures)
            .GroupBy(figure => figure.Key, figure => figure.Value)
            .ToDictionary(group => group.Key, Medians.Of);
}
