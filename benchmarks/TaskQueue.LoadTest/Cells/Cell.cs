using System.Text.Json;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Cells;

/// <summary>The inside of a cell's process: does what is asked, and prints the figures as the last line.</summary>
internal static class Cell
{
    public const string Mark = "cell: ";

    public static async Task<int> RunAsync(string json)
    {
        var request = JsonSerializer.Deserialize<CellRequest>(json)!;
        await using var contender = ContenderList.Create(request.Contender, request.Broker);
        var figures = await WorkloadList.Find(request.Workload).RunAsync(contender, request.Scale);
        Console.WriteLine(Mark + JsonSerializer.Serialize(figures));
        return 0;
    }
}
