using PhotoService.Api;
using PhotoService.Tasks;
using TaskQueue;

var builder = WebApplication.CreateBuilder(args);
builder.AddPhotoStore();
builder.Services.AddSingleton<PhotoTaskPublisher>();

// No handlers: this process only publishes.
builder.Services.AddTaskQueue(queue =>
{
    queue.UseRabbitMq();   // from the configuration: TaskQueue:RabbitMq:Uri
    queue.Publisher.Deadline = TimeSpan.FromSeconds(15);   // nobody should wait longer for the answer to an upload
});
builder.Services.AddHealthChecks().AddTaskQueue();

var app = builder.Build();
app.MapPhotos();
app.MapPrintOrders();
app.MapHealthChecks("/health");
await app.RunAsync();
