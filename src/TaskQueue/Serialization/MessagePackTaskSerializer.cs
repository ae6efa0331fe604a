using System.Buffers;

namespace TaskQueue.Serialization;

internal sealed class MessagePackTaskSerializer : ITaskSerializer
{
    public string ContentType => throw new NotImplementedException();

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull => throw new NotImplementedException();

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull => throw new NotImplementedException();

    public string? FindFault(Type taskType) => throw new NotImplementedException();
}
