using Microsoft.Extensions.Hosting;
using TaskQueue.ChargeWorker;

// chargeworker RABBITMQ POSTGRESQL [STEP]
// works until it is told to stop, or dies at the step.
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Services.AddChargeWorker(args[0], args[1], args.Length > 2 ? Enum.Parse<DeathStep>(args[2]) : null);
await builder.Build().RunAsync();
