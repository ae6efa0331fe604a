using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Api;

/// <summary>Publishes a photo's task, and says in HTTP's words what came of it.</summary>
public sealed partial class ThumbnailOrders(ITaskPublisher publisher, ILogger<ThumbnailOrders> logger)
{
    /// <summary>202 with the task's id once the broker has the task; 503 when it could not be reached or refused.</summary>
    public async Task<IResult> PlaceAsync(MakeThumbnails task, TaskPriority priority, CancellationToken cancellationToken)
    {
        try
        {
            var receipt = await publisher.PublishAsync(task, new PublishOptions { Priority = priority }, cancellationToken);
            return Results.Accepted($"/photos/{task.PhotoId}", new { task.PhotoId, receipt.TaskId });
        }
        catch (TaskPublishException error)
        {
            NotPublished(error, task.PhotoId);   // its text names the broker, which is nobody's business outside
            return Results.Problem(
                $"The photo is stored, but its thumbnails cannot be made now. Try POST /photos/{task.PhotoId}/thumbnails later.",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The thumbnails of photo {PhotoId} could not be ordered")]
    private partial void NotPublished(Exception error, Guid photoId);
}
