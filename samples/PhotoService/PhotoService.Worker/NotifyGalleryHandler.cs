using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Worker;

/// <summary>Tells the gallery about a photo. When that fails, the exception is all it takes: the retry policy does the rest.</summary>
public sealed class NotifyGalleryHandler(Gallery gallery) : ITaskHandler<NotifyGallery>
{
    /// <inheritdoc/>
    public Task HandleAsync(NotifyGallery task, TaskContext context, CancellationToken cancellationToken) =>
        gallery.AddAsync(task.PhotoId, cancellationToken);
}
