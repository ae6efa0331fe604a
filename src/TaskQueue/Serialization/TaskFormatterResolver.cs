using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace TaskQueue.Serialization;

/// <summary>
/// Chooses the contractless resolver by the type's visibility: the one that sees non-public types would also write private state of
/// public ones. Guards the user's types against graphs that are too deep (see <see cref="DepthGuardFormatter{T}"/>).
/// </summary>
internal sealed class TaskFormatterResolver : IFormatterResolver
{
    public IMessagePackFormatter<T>? GetFormatter<T>() => Formatter<T>.Value;

    private static IMessagePackFormatter<T>? Create<T>()
    {
        if (BuiltinResolver.Instance.GetFormatter<T>() is { } builtin)
        {
            return builtin;
        }

        var formatter = typeof(T).IsVisible
            ? ContractlessStandardResolver.Instance.GetFormatter<T>()
            : ContractlessStandardResolverAllowPrivate.Instance.GetFormatter<T>();
        return formatter is null || typeof(T).IsEnum ? formatter : new DepthGuardFormatter<T>(formatter);
    }

    // The runtime makes and guards one per type, which is cheaper than any dictionary.
    private static class Formatter<T>
    {
        public static readonly IMessagePackFormatter<T>? Value = Create<T>();
    }
}
