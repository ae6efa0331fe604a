namespace TaskQueue.Tests.Support;

/// <summary>What a user may do in a virtual host: three regular expressions over the names of queues and exchanges.</summary>
/// <param name="Configure">What may be declared and deleted.</param>
/// <param name="Write">What may be published to, or bound.</param>
/// <param name="Read">What may be consumed, purged, or bound from.</param>
public sealed record UserPermissions(string Configure, string Write, string Read)
{
    /// <summary>Everything.</summary>
    public static UserPermissions All { get; } = new(".*", ".*", ".*");

    /// <summary>May publish and consume, but declare nothing.</summary>
    public static UserPermissions WithoutDeclaring { get; } = All with { Configure = "^$" };

    /// <summary>Nothing at all, but may enter.</summary>
    public static UserPermissions None { get; } = new("^$", "^$", "^$");
}
