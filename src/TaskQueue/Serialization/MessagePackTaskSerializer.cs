using System.Buffers;
using MessagePack;

namespace TaskQueue.Serialization;

/// <summary>
/// MessagePack bodies: a map with the exact property names, unless the type carries attributes of its own. Bodies are read as
/// hostile: hashes that resist collisions, a limit of nesting, lengths checked against what is there, nothing after the value.
/// </summary>
internal sealed class MessagePackTaskSerializer : ITaskSerializer
{
    private static readonly TaskFormatterResolver Resolver = new();

    private static readonly TaskSecurity Security = new();

    private static readonly MessagePackSerializerOptions Options = MessagePackSerializerOptions.Standard
        .WithResolver(Resolver)
        .WithSecurity(Security);

    public string ContentType => "application/x-msgpack";

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull => MessagePackSerializer.Serialize(output, task, Options);

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull
    {
        if (body.IsEmpty)
        {
            throw new MessagePackSerializationException("The body is empty.");
        }

        var task = MessagePackSerializer.Deserialize<TTask>(body, Options, out var read);
        return task is null ? throw new MessagePackSerializationException("The body holds nil instead of a task.")
            : read != body.Length ? throw new MessagePackSerializationException($"The body goes on for {body.Length - read} bytes after the task.")
            : task;
    }

    public string? FindFault(Type taskType) => ShapeWalk.FindFault(new MessagePackShapeRules(Resolver, Security), taskType);
}
