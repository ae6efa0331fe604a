using MessagePack;
using MessagePack.Formatters;

namespace TaskQueue.Serialization;

/// <summary>
/// Stops writing at the depth at which reading would refuse the body. The library counts depth only when it reads: an object that
/// contains itself would overflow the stack, which ends the process, and a deep one would be published and never read.
/// </summary>
internal sealed class DepthGuardFormatter<T>(IMessagePackFormatter<T> inner) : IMessagePackFormatter<T>
{
    public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options)
    {
        using (WriteDepth.Step())
        {
            inner.Serialize(ref writer, value, options);
        }
    }

    public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) => inner.Deserialize(ref reader, options);
}
