using PhotoService.Tasks;
using SkiaSharp;

namespace PhotoService.Demo;

/// <summary>A thumbnail as it lies on disk, decoded to see that it is what it says.</summary>
internal sealed record ThumbnailFile(string Path, int Width, int Height, long Bytes)
{
    /// <summary>Reads the thumbnail and checks its format and size.</summary>
    public static ThumbnailFile Check(PhotoStore store, Guid photoId, int size)
    {
        var path = store.ThumbnailPath(photoId, size);
        using var codec = SKCodec.Create(path);
        using var pixels = SKBitmap.Decode(path);
        Expect.That(codec?.EncodedFormat == SKEncodedImageFormat.Webp && pixels is not null, $"a WebP image at {path}");
        Expect.That(Math.Max(pixels!.Width, pixels.Height) == size, $"a longer side of {size} px at {path}, got {pixels.Width} × {pixels.Height}");
        return new ThumbnailFile(path, pixels.Width, pixels.Height, new FileInfo(path).Length);
    }
}
