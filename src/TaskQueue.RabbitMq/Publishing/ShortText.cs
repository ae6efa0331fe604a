using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// AMQP's short texts: the string properties and the names of headers, at most 255 bytes. What came over the wire need not be UTF-8; the client reads
/// each wrong byte as the replacement character, which takes three bytes, so that a text may not fit any more when it is sent on. The client notices
/// that only while it writes, and the channel is lost then.
/// </summary>
internal static class ShortText
{
    private const int Limit = 255;
    private const int MostBytesOfCharacter = 3;

    public static bool Fits(string? text) =>
        text is null || text.Length <= Limit / MostBytesOfCharacter || Encoding.UTF8.GetByteCount(text) <= Limit;

    /// <summary>The text, with a question mark for each wrong byte where it would not fit otherwise. Fits whatever came from a broker.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Fit(string? text) => Fits(text) ? text : text!.Replace('\ufffd', '?');

    /// <summary>A header's value, in which the names of tables fit.</summary>
    public static object? FitNames(object? value) => value switch
    {
        Dictionary<string, object?> table => FitTable(table),
        List<object?> array => array.ConvertAll(FitNames),
        _ => value,
    };

    /// <summary>Whether all names fit that stand in a header's value.</summary>
    public static bool NamesFit(object? value) => value switch
    {
        Dictionary<string, object?> table => table.All(entry => Fits(entry.Key) && NamesFit(entry.Value)),
        List<object?> array => array.TrueForAll(NamesFit),
        _ => true,
    };

    // Names that become equal are one: a table could not have both.
    private static Dictionary<string, object?> FitTable(Dictionary<string, object?> table)
    {
        var fit = new Dictionary<string, object?>(table.Count);
        foreach (var (name, value) in table)
        {
            fit[Fit(name)] = FitNames(value);
        }

        return fit;
    }
}
