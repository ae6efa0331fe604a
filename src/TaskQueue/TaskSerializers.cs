using TaskQueue.Serialization;

namespace TaskQueue;

/// <summary>The serializers that come with the framework. Every worker reads both.</summary>
public static class TaskSerializers
{
    /// <summary>MessagePack, <c>application/x-msgpack</c>: a map with the exact property names. The default.</summary>
    public static ITaskSerializer MessagePack { get; } = new MessagePackTaskSerializer();

    /// <summary>JSON, <c>application/json</c>, by System.Text.Json: exact property names, read without regard to case.</summary>
    public static ITaskSerializer Json { get; } = new JsonTaskSerializer();
}
