using System.Globalization;
using TaskQueue.LoadTest;
using TaskQueue.LoadTest.Cells;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

return args is ["cell", var request] ? await Cell.RunAsync(request) : await new BenchRun(Options.Parse(args)).RunAsync();
