using System.Text.Json;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest.Cells;

/// <summary>The inside of a cell's process: does what is asked, and prints the outcome as the last line.</summary>
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

        try
        {
            var outcome = await MeasureAsync(JsonSerializer.Deserialize<CellRequest>(json)!, create);
            Console.WriteLine(Mark + JsonSerializer.Serialize(outcome));
            return 0;
        }
        catch (CellFailedException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task<CellOutcome> MeasureAsync(CellRequest request, Func<CellRequest, IContender> create)
    {
        await using var contender = create(request);
        try
        {
            return new CellOutcome(await WorkloadList.Find(request.Workload).RunAsync(contender, request));
        }
        catch (LackingException e)
        {
            return CellOutcome.Lacking(e.Message);
        }
    }
}
