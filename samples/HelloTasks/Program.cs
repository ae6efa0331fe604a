using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddTaskQueue(queue =>
{
    queue.UseRabbitMq(builder.Configuration["TASKQUEUE_RABBITMQ"] ?? "amqp://localhost");
    queue.AddHandlersFromAssemblyContaining<SayHelloHandler>();
});
using var host = builder.Build();

await host.Services.GetRequiredService<ITaskPublisher>().PublishAsync(new SayHello("world"));
await host.RunAsync();   // works on tasks until Ctrl-C

public sealed record SayHello(string Name);

public sealed class SayHelloHandler : ITaskHandler<SayHello>
{
    public Task HandleAsync(SayHello task, TaskContext context, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Hello, {task.Name}! (task {context.TaskId}, attempt {context.Attempt})");
        return Task.CompletedTask;
    }
}
