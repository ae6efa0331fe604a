using PhotoService.Tasks;
using PhotoService.Worker;
using TaskQueue;

var builder = Host.CreateApplicationBuilder(args);
builder.AddPhotoStore();
builder.Services.AddSingleton<Gallery>();
builder.Services.AddTaskQueue(PhotoWorker.Configure);

await builder.Build().RunAsync();
