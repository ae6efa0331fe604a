namespace TaskQueue;

/// <summary>Gives a task record its stable name on the wire, in place of the conventional one (<c>MakeThumbnails</c> is
/// <c>make-thumbnails</c>). Queued and delayed tasks outlive deployments: keep the name when the class is renamed.</summary>
/// <param name="name">Words of letters, digits, <c>_</c> and <c>-</c>, joined by dots; at most 200 bytes.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class TaskTypeAttribute(string name) : Attribute
{
    /// <summary>The task type's name.</summary>
    public string Name { get; } = name;
}
