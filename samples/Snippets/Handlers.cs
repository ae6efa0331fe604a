using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue;

namespace Snippets;

public interface IPhotoStore
{
    Task<Stream> OpenAsync(Guid photoId, CancellationToken cancellationToken);

    Task DeleteAsync(Guid photoId, CancellationToken cancellationToken);
}

[TaskType("thumbnails.make")]
public sealed record MakeThumbnails(Guid PhotoId, int[] Widths, DateTimeOffset TakenAt);

public sealed record DeletePhoto(Guid PhotoId);

public sealed class PhotoHandler(IPhotoStore photos, ILogger<PhotoHandler> log)
    : ITaskHandler<MakeThumbnails>, ITaskHandler<DeletePhoto>
{
    public async Task HandleAsync(MakeThumbnails task, TaskContext context, CancellationToken cancellationToken)
    {
        await using var photo = await photos.OpenAsync(task.PhotoId, cancellationToken);
        log.LogInformation("attempt {Attempt} of {TaskId}: {Bytes} bytes", context.Attempt, context.TaskId, photo.Length);
    }

    public Task HandleAsync(DeletePhoto task, TaskContext context, CancellationToken cancellationToken) =>
        photos.DeleteAsync(task.PhotoId, cancellationToken);
}

public static class HandlersPage
{
    public static void Register(HostApplicationBuilder builder)
    {
        builder.Services.AddTaskQueue(queue =>
        {
            queue.UseRabbitMq("amqp://localhost");
            queue.AddHandlersFromAssemblyContaining<PhotoHandler>();
            queue.ForTask<MakeThumbnails>(task =>
            {
                task.Concurrency = 8;
                task.Prefetch = 32;
                task.Timeout = TimeSpan.FromMinutes(2);
                task.Priorities = PriorityMode.Lanes;
            });
        });
    }

    public static void ChooseWhatToConsume(TaskQueueBuilder queue)
    {
        queue.Worker.Only<MakeThumbnails>();
        queue.Worker.MaxConcurrency = 16;
    }

    public static void ShareAQueue(TaskQueueBuilder queue)
    {
        queue.ForTask<MakeThumbnails>(task => task.Queue = "photos");
        queue.ForTask<DeletePhoto>(task => task.Queue = "photos");
    }

    public static void HoldLonger(TaskQueueBuilder queue)
    {
        queue.ForTask<ChargeCard>(task => task.CancelOnConnectionLoss = false);
        queue.ForTask<MakeThumbnails>(task => task.ConsumerTimeout = TimeSpan.FromHours(6));
    }

    public static void Print(IServiceProvider services)
    {
        Console.WriteLine(services.GetRequiredService<TaskQueueDescription>().Describe());
    }
}
