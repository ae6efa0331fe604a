namespace TaskQueue;

/// <summary>Names the work queue of a task type, in place of <c>&lt;prefix&gt;.&lt;task type&gt;</c>. Several task types may share one.</summary>
/// <param name="name">The queue's full name, without the prefix being added; at most 200 bytes.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class QueueAttribute(string name) : Attribute
{
    /// <summary>The queue's name.</summary>
    public string Name { get; } = name;
}
