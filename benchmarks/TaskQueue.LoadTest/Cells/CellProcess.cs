using System.Diagnostics;
using System.Text.Json;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Cells;

/// <summary>Runs a cell in a process of its own, so that no cell inherits another one's heap, thread pool or connections.</summary>
internal static class CellProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <returns>The figures; with an error in their place where the process failed or did not end in time.</returns>
    public static async Task<CellResult> RunAsync(CellRequest request, int round)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [ContenderList.Find(request.Contender).Path, Cell.Verb, JsonSerializer.Serialize(request)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return Failed(request, round, $"It was not done after {Deadline}.");
        }

        var line = (await output).Split('\n').LastOrDefault(text => text.StartsWith(Cell.Mark, StringComparison.Ordinal));
        return process.ExitCode == 0 && line is not null
            ? new CellResult(request.Workload, request.Contender, round, JsonSerializer.Deserialize<Dictionary<string, double>>(line[Cell.Mark.Length..])!)
            : Failed(request, round, (await errors).Trim());
    }

    private static CellResult Failed(CellRequest request, int round, string error) =>
        new(request.Workload, request.Contender, round, new Dictionary<string, double>(), error);
}
