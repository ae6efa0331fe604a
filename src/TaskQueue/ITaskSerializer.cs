using System.Buffers;

namespace TaskQueue;

/// <summary>Writes tasks into message bodies and reads them back. Stateless and thread-safe.</summary>
public interface ITaskSerializer
{
    /// <summary>The AMQP <c>content_type</c> of its bodies. A worker picks the serializer by it, so a task type may change its serializer
    /// while old messages are queued.</summary>
    string ContentType { get; }

    /// <summary>Writes the body.</summary>
    /// <typeparam name="TTask">The task's exact type.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="output">Where to.</param>
    void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull;

    /// <summary>Reads a body, which may be hostile.</summary>
    /// <typeparam name="TTask">The task's exact type.</typeparam>
    /// <param name="body">The whole body; valid only during the call.</param>
    /// <returns>The task, never null. Any exception means that the body cannot be read: the task is dead-lettered as
    /// <see cref="DeadLetterReasons.UndecodableBody"/>.</returns>
    TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull;

    /// <summary>Says at start why a task type cannot be written and read back.</summary>
    /// <param name="taskType">The task's type.</param>
    /// <returns>The fault, naming the member and the cure, or <see langword="null"/> when all is well.</returns>
    string? FindFault(Type taskType);
}
