using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Worker;

/// <summary>Notes each attempt at a photo's task beside the photo, for <c>GET /photos/{id}</c>.</summary>
public sealed class PhotoHistoryMiddleware(PhotoStore photos, TimeProvider time) : IConsumeMiddleware
{
    /// <inheritdoc/>
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await next(context, cancellationToken);
            await NoteAsync(context, error: null, cancellationToken);
            return outcome;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await NoteAsync(context, error.Message, cancellationToken);
            throw;
        }
    }

    private Task NoteAsync(TaskContext context, string? error, CancellationToken cancellationToken) =>
        photos.SaveEventAsync(
            ((IPhotoTask)context.Payload).PhotoId,
            new PhotoEvent(time.GetUtcNow(), context.TaskType, context.TaskId, context.Attempt, context.Priority.ToString(), context.DueAt, error),
            cancellationToken);
}
