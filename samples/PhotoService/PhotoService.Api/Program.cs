using PhotoService.Api;
using PhotoService.Tasks;
using TaskQueue;

var builder = WebApplication.CreateBuilder(args);
builder.AddPhotoStore();
builder.Services.AddTaskQueue(queue => queue.UseRabbitMq());   // no handlers: this process only publishes

var app = builder.Build();
app.MapPhotos();
await app.RunAsync();
