namespace PhotoService.Tasks;

/// <summary>The configuration section <c>Photos</c>.</summary>
public sealed class PhotoOptions
{
    /// <summary>The folder of all photos, which the API and the worker share. Relative to the application's content root. Default <c>../storage</c>.</summary>
    public string Storage { get; set; } = "../storage";

    /// <summary>How long after its thumbnails a photo's follow-up is sent. Default 30 minutes.</summary>
    public TimeSpan FollowUpAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How many calls for a photo the simulated gallery refuses before it takes one. Default 2.</summary>
    public int GalleryRefusals { get; set; } = 2;
}
