using System.Collections;
using System.Text;

namespace TaskQueue.RabbitMq.DeadLetters;

/// <summary>About how many bytes headers take on the wire (AMQP 0-9-1 field tables): a name's length and type byte, then the value.</summary>
internal static class HeaderSize
{
    private const int LengthBytes = 4;
    private const int NumberBytes = 8;

    public static int Of(IDictionary<string, object?>? headers)
    {
        var size = LengthBytes;
        foreach (var (name, value) in headers ?? new Dictionary<string, object?>())
        {
            size += 2 + Encoding.UTF8.GetByteCount(name) + Of(value);
        }

        return size;
    }

    private static int Of(object? value) => value switch
    {
        byte[] bytes => LengthBytes + bytes.Length,
        string text => LengthBytes + Encoding.UTF8.GetByteCount(text),
        RabbitMQ.Client.BinaryTableValue binary => LengthBytes + binary.Bytes.Length,
        IDictionary<string, object?> table => Of(table),
        IEnumerable array => LengthBytes + array.Cast<object?>().Sum(item => 1 + Of(item)),
        _ => NumberBytes,
    };
}
