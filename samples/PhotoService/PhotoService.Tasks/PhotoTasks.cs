using TaskQueue;

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

/// <summary>Charges a card for an order of prints.</summary>
/// <param name="OrderId">The order, as the customer's form named it. It is the idempotency key: an order that comes twice is charged once.</param>
/// <param name="PhotoId">The photo that is printed.</param>
/// <param name="Card">The payment provider's name for the card; never its number.</param>
/// <param name="Amount">The price.</param>
public sealed record ChargeCard([property: IdempotencyKey] Guid OrderId, Guid PhotoId, string Card, decimal Amount) : IPhotoTask;
