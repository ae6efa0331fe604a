using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Api;

/// <summary>Publishes a photo's task, and says in HTTP's words what came of it.</summary>
public sealed partial class PhotoTaskPublisher(ITaskPublisher publisher, ILogger<PhotoTaskPublisher> logger)
{
    /// <summary>202 with the task's id once the broker has the task; 503 with the cure when it could not be reached or refused.</summary>
    public async Task<IResult> PublishAsync<TTask>(TTask task, PublishOptions options, string cure, CancellationToken cancellationToken)
        where TTask : IPhotoTask
    {
        try
        {
            var receipt = await publisher.PublishAsync(task, options, cancellationToken);
            return Results.Accepted($"/photos/{task.PhotoId}", new { task.PhotoId, receipt.TaskId });
        }
        catch (TaskPublishException error)
        {
            NotPublished(error, error.TaskType, task.PhotoId);   // its text names the broker, which is nobody's business outside
            return Results.Problem(cure, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The task {TaskType} of photo {PhotoId} could not be published")]
    private partial void NotPublished(Exception error, string taskType, Guid photoId);
}
