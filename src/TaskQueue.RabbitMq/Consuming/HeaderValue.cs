using System.Globalization;
using System.Text;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Header values as the client hands them over (AMQP 0-9-1 field types: text arrives as bytes), read without throwing.</summary>
internal static class HeaderValue
{
    /// <summary>The end of the year 9999, where <see cref="DateTimeOffset"/> ends.</summary>
    public const long LastUnixMilliseconds = 253_402_300_799_999;

    private const int MostShown = 60;

    /// <summary>Any integer type, or text that is one.</summary>
    public static long? AsNumber(object? value) => value switch
    {
        long number => number,
        int number => number,
        uint number => number,
        short number => number,
        ushort number => number,
        byte number => number,
        sbyte number => number,
        ulong and <= long.MaxValue => (long)(ulong)value,
        byte[] text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    public static DateTimeOffset? AsTime(object? value) =>
        AsNumber(value) is >= 0 and <= LastUnixMilliseconds and var milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    public static string? AsString(object? value) => value switch
    {
        byte[] text => Encoding.UTF8.GetString(text),
        string text => text,
        _ => null,
    };

    /// <summary>As a user header: text, or a scalar formatted invariantly; null for tables, arrays, binary and void.</summary>
    public static string? AsText(object? value) => value switch
    {
        byte[] or string => AsString(value),
        bool flag => flag ? "true" : "false",
        RabbitMQ.Client.AmqpTimestamp time => time.UnixTime.ToString(CultureInfo.InvariantCulture),
        IFormattable scalar => scalar.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>For messages to people: short, and without control characters.</summary>
    public static string Describe(object? value) => AsText(value) switch
    {
        { } text => $"'{PlainText.Line(text, MostShown)}'",
        null when value is null => "void",
        null => $"a {value.GetType().Name}",
    };
}
