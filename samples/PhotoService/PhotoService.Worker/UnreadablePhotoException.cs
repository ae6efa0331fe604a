namespace PhotoService.Worker;

/// <summary>The upload is not an image that can be read, and never will be.</summary>
public sealed class UnreadablePhotoException(string message) : Exception(message);
