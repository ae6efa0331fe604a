using System.Text.Json;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Cells;

/// <summary>The inside of a cell's process: does what is asked, and prints the figures as the last line.</summary>
internal static class Cell
{
    public const string Verb = "cell";
    public const string Mark = "cell: ";

    /// <param name="arguments"><see cref="Verb"/> and the <see cref="CellRequest"/> as JSON.</param>
    /// <param name="create">Makes the contender that is asked for.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, Func<CellRequest, IContender> create)
    {
        if (arguments is not [Verb, var json])
        {
            await Console.Error.WriteLineAsync("This is one contender of the load test: eng/bench.sh starts it.");
            return 2;
        }

        var request = JsonSerializer.Deserialize<CellRequest>(json)!;
        await using var contender = create(request);
        var figures = await WorkloadList.Find(request.Workload).RunAsync(contender, request.Scale);
        Console.WriteLine(Mark + JsonSerializer.Serialize(figures));
        return 0;
    }
}
