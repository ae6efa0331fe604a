using System.Text.Json;

namespace PhotoService.Tasks;

/// <summary>
/// Photos on disk, a folder each: the upload, its thumbnails, and what happened to it. The API and the worker share it; a real
/// service would use an object store in its place. Every file is written under another name and then renamed, so that nobody
/// reads half of one, and under a name that depends on nothing but the work, so that doing the work twice leaves the same files.
/// </summary>
public sealed class PhotoStore(string root)
{
    /// <summary>Where the photo's upload is.</summary>
    public string UploadPath(Guid photoId) => Path.Combine(Folder(photoId), "upload");

    /// <summary>Where the photo's thumbnail is, once it is made.</summary>
    public string ThumbnailPath(Guid photoId, int size) => Path.Combine(Folder(photoId), $"thumbnail-{size}.webp");

    /// <summary>Whether the photo was uploaded.</summary>
    public bool Exists(Guid photoId) => File.Exists(UploadPath(photoId));

    /// <summary>Stores an upload.</summary>
    public Task SaveUploadAsync(Guid photoId, Stream content, CancellationToken cancellationToken) =>
        SaveAsync(UploadPath(photoId), content, cancellationToken);

    /// <summary>Stores a thumbnail (WebP), in place of an earlier one.</summary>
    public Task SaveThumbnailAsync(Guid photoId, int size, Stream content, CancellationToken cancellationToken) =>
        SaveAsync(ThumbnailPath(photoId, size), content, cancellationToken);

    /// <summary>Notes what came of an attempt at one of the photo's tasks.</summary>
    public async Task SaveEventAsync(Guid photoId, PhotoEvent photoEvent, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(photoEvent));
        await SaveAsync(Path.Combine(EventFolder(photoId), $"{photoEvent.TaskId}.{photoEvent.Attempt}.json"), content, cancellationToken);
    }

    /// <summary>What happened to the photo, oldest first.</summary>
    public async Task<IReadOnlyList<PhotoEvent>> ReadEventsAsync(Guid photoId, CancellationToken cancellationToken)
    {
        var events = new List<PhotoEvent>();
        if (!Directory.Exists(EventFolder(photoId)))
            return events;

        foreach (var path in Directory.EnumerateFiles(EventFolder(photoId), "*.json"))
            events.Add(JsonSerializer.Deserialize<PhotoEvent>(await File.ReadAllBytesAsync(path, cancellationToken))!);

        return [.. events.OrderBy(photoEvent => photoEvent.At)];
    }

    private string Folder(Guid photoId) => Path.Combine(root, photoId.ToString());

    private string EventFolder(Guid photoId) => Path.Combine(Folder(photoId), "events");

    private static async Task SaveAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.CreateVersion7()}.tmp";   // its own for each writer: two may be at work on one photo
        try
        {
            await using (var file = File.Create(temporary))
                await content.CopyToAsync(file, cancellationToken);

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);   // does nothing after the move
        }
    }
}
