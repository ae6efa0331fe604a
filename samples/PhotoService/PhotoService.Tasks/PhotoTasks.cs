namespace PhotoService.Tasks;

/// <summary>What all tasks of this service have in common.</summary>
public interface IPhotoTask
{
    /// <summary>The photo that the task is about. The file itself stays in the <see cref="PhotoStore"/>: tasks carry keys, not data.</summary>
    Guid PhotoId { get; }
}

/// <summary>Makes the photo's thumbnails.</summary>
/// <param name="PhotoId">The photo.</param>
/// <param name="Announce">Whether the gallery and the owner hear of it: yes for a new photo, no when thumbnails are made again.</param>
public sealed record MakeThumbnails(Guid PhotoId, bool Announce) : IPhotoTask;

/// <summary>Tells the gallery, which is somebody else's service and fails now and then.</summary>
/// <param name="PhotoId">The photo.</param>
public sealed record NotifyGallery(Guid PhotoId) : IPhotoTask;

/// <summary>Asks the owner, some time later, whether all is well.</summary>
/// <param name="PhotoId">The photo.</param>
public sealed record SendFollowUp(Guid PhotoId) : IPhotoTask;
