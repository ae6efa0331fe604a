using Microsoft.Extensions.Options;
using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Worker;

/// <summary>Writes a photo's thumbnails, then publishes what follows from them.</summary>
/// <remarks>Safe to run twice, as tasks may after a crash: the same photo gives the same files.</remarks>
public sealed class MakeThumbnailsHandler(PhotoStore photos, ITaskPublisher publisher, IOptions<PhotoOptions> options)
    : ITaskHandler<MakeThumbnails>
{
    private static readonly int[] Sizes = [64, 128, 512];

    /// <inheritdoc/>
    public async Task HandleAsync(MakeThumbnails task, TaskContext context, CancellationToken cancellationToken)
    {
        using (var photo = Photo.Read(photos.UploadPath(task.PhotoId)))
        {
            foreach (var size in Sizes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var thumbnail = photo.Shrink(size);
                await photos.SaveThumbnailAsync(task.PhotoId, size, thumbnail, cancellationToken);
            }
        }

        if (task.Announce)
        {
            await publisher.PublishAsync(new NotifyGallery(task.PhotoId), cancellationToken);
            await publisher.PublishAsync(
                new SendFollowUp(task.PhotoId), new PublishOptions { Delay = options.Value.FollowUpAfter }, cancellationToken);
        }
    }
}
