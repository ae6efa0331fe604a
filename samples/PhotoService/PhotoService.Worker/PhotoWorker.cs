using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Worker;

/// <summary>The worker's part of TaskQueue: which tasks it does, and in which way.</summary>
public static class PhotoWorker
{
    /// <summary>Registers the handlers, and says what differs from the defaults.</summary>
    public static void Configure(TaskQueueBuilder queue)
    {
        queue.UseRabbitMq();   // from the configuration: TaskQueue:RabbitMq:Uri
        queue.AddHandlersFromAssemblyContaining<MakeThumbnailsHandler>();
        queue.Use<PhotoHistoryMiddleware>();

        queue.ForTask<MakeThumbnails>(task =>
        {
            task.Concurrency = 2;                      // decoding takes a core each
            task.Timeout = TimeSpan.FromSeconds(30);
            task.Priorities = PriorityMode.Lanes;      // an urgent photo goes before any backlog
            // A file that is not an image stays one: trying again would only put off the dead letter.
            task.Retry = RetryPolicy.Default.Never<UnreadablePhotoException>();
        });

        // The gallery comes back within seconds, so the first retries come soon.
        queue.ForTask<NotifyGallery>(task => task.Retry = RetryPolicy.Ladder(
            TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)));
    }
}
