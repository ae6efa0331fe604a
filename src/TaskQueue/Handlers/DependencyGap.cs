namespace TaskQueue.Handlers;

/// <summary>Why something cannot be resolved.</summary>
/// <param name="Path">From the class asked about to what is missing: "MakeThumbnailsHandler → IPhotoStore → IClock".</param>
/// <param name="Reason">What is wrong with the last one, and the cure.</param>
/// <param name="IsAbsent">Whether it is merely not registered: a default value of the parameter then steps in.</param>
internal sealed record DependencyGap(string Path, string Reason, bool IsAbsent)
{
    public DependencyGap Below(string owner) => new($"{owner} → {Path}", Reason, IsAbsent: false);
}
