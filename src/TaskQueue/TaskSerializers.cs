using TaskQueue.Serialization;

namespace TaskQueue;

/// <summary>The serializers that come with the framework. Every worker reads both.</summary>
public static class TaskSerializers
{
    /// <summary>MessagePack, <c>application/x-msgpack</c>: a map with the exact property names, unless the type carries MessagePack's own
    /// attributes. The default. Enums are numbers, <see cref="Guid"/> is its text of 36 characters, <see cref="TimeSpan"/> int64 ticks. At
    /// most 64 levels deep.</summary>
    public static ITaskSerializer MessagePack { get; } = new MessagePackTaskSerializer();

    /// <summary>JSON, <c>application/json</c>, by System.Text.Json: exact property names, read without regard to case;
    /// enums by name, read as numbers too. At most 64 levels deep.</summary>
    public static ITaskSerializer Json { get; } = new JsonTaskSerializer();
}
