using Microsoft.AspNetCore.Mvc;
using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Api;

/// <summary>The HTTP face of the service. It stores, publishes and answers at once; the worker does the rest.</summary>
public static class PhotoEndpoints
{
    private const long LargestUpload = 20 * 1024 * 1024;
    private static readonly string[] ContentTypes = ["image/jpeg", "image/png"];
    private static readonly int[] Sizes = [64, 128, 512];

    /// <summary>Adds <c>/photos</c> to the application.</summary>
    public static void MapPhotos(this IEndpointRouteBuilder app)
    {
        // No cookie tells who calls, so there is nothing to forge.
        app.MapPost("/photos", UploadAsync).WithMetadata(new RequestSizeLimitAttribute(LargestUpload)).DisableAntiforgery();
        app.MapGet("/photos/{photoId:guid}", ShowAsync);
        app.MapGet("/photos/{photoId:guid}/thumbnails/{size:int}", ShowThumbnail);
        app.MapPost("/photos/{photoId:guid}/thumbnails", MakeAgainAsync);
    }

    private static async Task<IResult> UploadAsync(IFormFile photo, PhotoStore photos, PhotoTaskPublisher tasks, CancellationToken cancellationToken)
    {
        if (!ContentTypes.Contains(photo.ContentType))
            return Results.Problem($"'{photo.ContentType}' is not taken: send {string.Join(" or ", ContentTypes)}.", statusCode: StatusCodes.Status415UnsupportedMediaType);

        var photoId = Guid.CreateVersion7();
        await using (var content = photo.OpenReadStream())
            await photos.SaveUploadAsync(photoId, content, cancellationToken);

        return await MakeThumbnailsAsync(new MakeThumbnails(photoId, Announce: true), TaskPriority.Normal, tasks, cancellationToken);
    }

    private static async Task<IResult> MakeAgainAsync(
        Guid photoId, PhotoStore photos, PhotoTaskPublisher tasks, CancellationToken cancellationToken, string priority = "normal")
    {
        if (!Enum.TryParse<TaskPriority>(priority, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
            return Results.Problem($"'{priority}' is no priority: use low, normal, high or critical.", statusCode: StatusCodes.Status400BadRequest);

        return photos.Exists(photoId)
            ? await MakeThumbnailsAsync(new MakeThumbnails(photoId, Announce: false), parsed, tasks, cancellationToken)
            : Results.NotFound();
    }

    private static Task<IResult> MakeThumbnailsAsync(MakeThumbnails task, TaskPriority priority, PhotoTaskPublisher tasks, CancellationToken cancellationToken) =>
        tasks.PublishAsync(
            task,
            new PublishOptions { Priority = priority },
            $"The photo is stored, but its thumbnails cannot be made now. Try POST /photos/{task.PhotoId}/thumbnails later.",
            cancellationToken);

    private static async Task<IResult> ShowAsync(Guid photoId, PhotoStore photos, CancellationToken cancellationToken)
    {
        if (!photos.Exists(photoId))
            return Results.NotFound();

        var made = Sizes.Where(size => File.Exists(photos.ThumbnailPath(photoId, size))).ToArray();
        return Results.Ok(new
        {
            photoId,
            Ready = made.Length == Sizes.Length,
            Thumbnails = made.Select(size => $"/photos/{photoId}/thumbnails/{size}"),
            History = await photos.ReadEventsAsync(photoId, cancellationToken),
        });
    }

    private static IResult ShowThumbnail(Guid photoId, int size, PhotoStore photos)
    {
        var path = photos.ThumbnailPath(photoId, size);
        return File.Exists(path) ? Results.File(path, "image/webp") : Results.NotFound();
    }
}
