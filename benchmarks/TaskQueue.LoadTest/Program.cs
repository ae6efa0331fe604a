using System.Globalization;
using TaskQueue.LoadTest;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

return args is [Cell.Verb, ..]
    ? await Cell.RunAsync(args, request => request.Contender == ContenderList.Yardstick ? new RawContender(request.Broker) : new TaskQueueContender(request.Broker))
    : await BenchRun.RunAsync(Options.Parse(args));
