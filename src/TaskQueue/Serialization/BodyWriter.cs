using System.Buffers;

namespace TaskQueue.Serialization;

/// <summary>Writes the body of a task that is known only as an object, as its exact type. One for each task type; thread-safe.</summary>
internal abstract class BodyWriter
{
    public static BodyWriter For(Type taskType) => (BodyWriter)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(taskType))!;

    public abstract void Write(ITaskSerializer serializer, object task, IBufferWriter<byte> output);

    private sealed class Typed<TTask> : BodyWriter
        where TTask : notnull
    {
        public override void Write(ITaskSerializer serializer, object task, IBufferWriter<byte> output) => serializer.Serialize((TTask)task, output);
    }
}
