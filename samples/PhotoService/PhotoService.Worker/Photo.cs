using SkiaSharp;

namespace PhotoService.Worker;

/// <summary>A decoded photo, upright. Owned by one attempt; disposing frees its pixels, which the garbage collector does not see.</summary>
public sealed class Photo : IDisposable
{
    private const long MostPixels = 100_000_000;
    private const int Quality = 85;
    private static readonly SKSamplingOptions Sampling = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    private readonly SKBitmap _pixels;

    private Photo(SKBitmap pixels) => _pixels = pixels;

    /// <summary>Reads a JPEG, PNG or WebP file.</summary>
    /// <exception cref="UnreadablePhotoException">It is none of these, or is cut off, or would not fit into memory.</exception>
    public static Photo Read(string path)
    {
        using var file = File.OpenRead(path);
        using var codec = SKCodec.Create(file) ?? throw new UnreadablePhotoException("The upload is not an image.");

        var (width, height) = (codec.Info.Width, codec.Info.Height);
        // A few kilobytes can claim to be gigabytes of pixels, so look before allocating.
        if ((long)width * height > MostPixels)
            throw new UnreadablePhotoException($"The image has {width} × {height} pixels, more than the {MostPixels:N0} that are taken.");

        var stored = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        var read = codec.GetPixels(stored.Info, stored.GetPixels());
        if (read == SKCodecResult.Success)
            return new Photo(TurnUpright(stored, codec.EncodedOrigin));

        stored.Dispose();
        throw new UnreadablePhotoException($"The image of {width} × {height} pixels cannot be read to its end ({read}).");
    }

    /// <summary>A WebP image whose longer side has at most so many pixels; a smaller photo keeps its size.</summary>
    public Stream Shrink(int longerSide)
    {
        var scale = Math.Min(1.0, (double)longerSide / Math.Max(_pixels.Width, _pixels.Height));
        var size = new SKSizeI(Scale(_pixels.Width, scale), Scale(_pixels.Height, scale));
        using var small = _pixels.Resize(size, Sampling);
        return small.Encode(SKEncodedImageFormat.Webp, Quality).AsStream(streamDisposesData: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _pixels.Dispose();

    private static int Scale(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));

    /// <summary>Phones store a portrait lying on its side and say so. (The mirrored orientations come from no camera.) Takes over the stored bitmap.</summary>
    private static SKBitmap TurnUpright(SKBitmap stored, SKEncodedOrigin origin)
    {
        var degrees = origin switch
        {
            SKEncodedOrigin.RightTop => 90,
            SKEncodedOrigin.BottomRight => 180,
            SKEncodedOrigin.LeftBottom => 270,
            _ => 0,
        };
        return degrees == 0 ? stored : Turn(stored, degrees);
    }

    private static SKBitmap Turn(SKBitmap stored, int degrees)
    {
        using var _ = stored;
        var (width, height) = degrees == 180 ? (stored.Width, stored.Height) : (stored.Height, stored.Width);
        var turned = new SKBitmap(width, height, stored.ColorType, stored.AlphaType);
        using var canvas = new SKCanvas(turned);
        canvas.Clear(SKColors.Transparent);
        canvas.Translate(width / 2f, height / 2f);
        canvas.RotateDegrees(degrees);
        canvas.DrawBitmap(stored, -stored.Width / 2f, -stored.Height / 2f, SKSamplingOptions.Default);
        return turned;
    }
}
