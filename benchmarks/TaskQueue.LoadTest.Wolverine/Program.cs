using JasperFx;
using Microsoft.Extensions.Hosting;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Peers;
using Wolverine;

// Writes Internal/Generated, without which the handler would be compiled at start: `dotnet run -- codegen write`, here, after a new handler or version.
if (args is ["codegen", ..])
{
    var builder = Host.CreateApplicationBuilder();
    builder.UseWolverine(_ => { });
    return await builder.Build().RunJasperFxCommands(args);
}

return await Cell.RunAsync(args, request => new WolverineContender(request.Broker));
