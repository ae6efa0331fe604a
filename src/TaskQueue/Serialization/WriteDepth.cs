using MessagePack;

namespace TaskQueue.Serialization;

/// <summary>How deep the object is that this thread is writing.</summary>
internal static class WriteDepth
{
    /// <summary>Objects and collections inside each other.</summary>
    public const int Limit = 64;

    [ThreadStatic]
    private static int _depth;

    /// <exception cref="MessagePackSerializationException">One level too many.</exception>
    public static Level Step()
    {
        if (_depth == Limit)
        {
            throw new MessagePackSerializationException($"The task is nested more than {Limit} levels deep, or contains itself. "
                + "Flatten it, or refer to parts by their keys.");
        }

        _depth++;
        return default;
    }

    internal readonly struct Level : IDisposable
    {
        public void Dispose() => _depth--;
    }
}
