using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Peers;

return await Cell.RunAsync(args, request => new MassTransitContender(request.Broker));
