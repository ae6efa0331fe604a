using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Worker;

/// <summary>Asks the owner whether the thumbnails are to their liking. It would send a mail; the sample writes a log line.</summary>
public sealed partial class SendFollowUpHandler(ILogger<SendFollowUpHandler> logger) : ITaskHandler<SendFollowUp>
{
    /// <inheritdoc/>
    public Task HandleAsync(SendFollowUp task, TaskContext context, CancellationToken cancellationToken)
    {
        FollowUpSent(task.PhotoId, context.DueAt);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Follow-up for photo {PhotoId}, due at {DueAt:O}")]
    private partial void FollowUpSent(Guid photoId, DateTimeOffset? dueAt);
}
