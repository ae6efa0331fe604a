using PhotoService.Billing;
using TaskQueue;

var builder = Host.CreateApplicationBuilder(args);
builder.AddBillingDatabase();
builder.Services.AddTaskQueue(BillingWorker.Configure);

await builder.Build().RunAsync();
