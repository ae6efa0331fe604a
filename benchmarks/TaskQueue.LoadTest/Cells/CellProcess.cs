using System.Diagnostics;
using System.Text.Json;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Cells;

/// <summary>Runs a cell in a process of its own, so that no cell inherits another one's heap, thread pool or connections.</summary>
internal static class CellProcess
{
    private static readonly TimeSpan ShortestDeadline = TimeSpan.FromMinutes(3);

    // A slow contender on a busy machine takes so many times the mean.
    private const double Slack = 10;
    private const int MostEvidence = 2_000;

    /// <exception cref="CellFailedException">The process failed, or did not end in time.</exception>
    public static async Task<CellOutcome> RunAsync(CellRequest request)
    {
        using var process = Process.Start(StartOf(request))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var ended = await HasEndedAsync(process, DeadlineOf(request));
        var line = (await output).Split('\n').LastOrDefault(text => text.StartsWith(Cell.Mark, StringComparison.Ordinal));
        return ended && process.ExitCode == 0 && line is not null
            ? JsonSerializer.Deserialize<CellOutcome>(line[Cell.Mark.Length..])!
            : throw new CellFailedException($"{(ended ? $"It ended with exit code {process.ExitCode}." : $"It was not done after {DeadlineOf(request)}.")} {EndOf(await errors)} {EndOf(await output)}".Trim());
    }

    private static ProcessStartInfo StartOf(CellRequest request)
    {
        var program = ContenderList.Find(request.Contender).Path;
        var start = new ProcessStartInfo("dotnet", [program, Cell.Verb, JsonSerializer.Serialize(request)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // A host looks for its configuration there, and watches all folders below for changes of it.
            WorkingDirectory = Path.GetDirectoryName(program),
        };
        start.Environment["DOTNET_TieredCompilation"] = WorkloadList.Find(request.Workload).HasStart ? "1" : "0";
        return start;
    }

    private static TimeSpan DeadlineOf(CellRequest request)
    {
        var expected = TimeSpan.FromSeconds(WorkloadList.Find(request.Workload).Seconds * request.Scale);
        return expected * Slack > ShortestDeadline ? expected * Slack : ShortestDeadline;
    }

    private static string EndOf(string text) => text.Trim() is { Length: > MostEvidence } longer ? $"…{longer[^MostEvidence..]}" : text.Trim();

    private static async Task<bool> HasEndedAsync(Process process, TimeSpan time)
    {
        using var deadline = new CancellationTokenSource(time);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return false;
        }
    }
}

/// <summary>A cell has measured nothing.</summary>
internal sealed class CellFailedException(string message) : Exception(message);
