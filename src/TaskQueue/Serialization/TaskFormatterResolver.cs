using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace TaskQueue.Serialization;

/// <summary>Chooses the contractless resolver by the type's visibility: the one that sees non-public types would also write private state of public ones.</summary>
internal sealed class TaskFormatterResolver : IFormatterResolver
{
    public IMessagePackFormatter<T>? GetFormatter<T>() => Formatter<T>.Value;

    // The runtime makes and guards one per type, which is cheaper than any dictionary.
    private static class Formatter<T>
    {
        public static readonly IMessagePackFormatter<T>? Value =
            typeof(T).IsVisible
                ? ContractlessStandardResolver.Instance.GetFormatter<T>()
                : ContractlessStandardResolverAllowPrivate.Instance.GetFormatter<T>();
    }
}
