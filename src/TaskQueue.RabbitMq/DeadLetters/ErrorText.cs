using System.Text;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.DeadLetters;

/// <summary>Exceptions as header values: readable in the management UI, and bounded, since all headers of a message must fit into one frame.</summary>
internal static class ErrorText
{
    private const int ShortLimit = 256;
    private const int MessageLimit = 1024;
    private const int StackLimit = 8 * 1024;

    public static string TypeOf(Exception error) => Cut(error.GetType().FullName ?? error.GetType().Name, ShortLimit);

    public static string MessageOf(Exception error) => Cut(PlainText.Lines(error.Message), MessageLimit);

    /// <summary>The whole text with inner exceptions; null for one that was never thrown, nor any inner one, whose message says it all.</summary>
    public static string? StackOf(Exception error, int room) =>
        !WasThrown(error) || room <= 0 ? null : Cut(PlainText.Lines(error.ToString()), Math.Min(room, StackLimit));

    /// <summary>One line, for a task that waits for its next attempt.</summary>
    public static string Short(Exception error) => Cut($"{error.GetType().Name}: {PlainText.Line(error.Message.ReplaceLineEndings(" "), ShortLimit)}", ShortLimit);

    /// <summary>Cuts to a number of UTF-8 bytes, never inside a character.</summary>
    public static string Cut(string text, int mostBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= mostBytes)
        {
            return text;
        }

        const string Mark = "…";
        var room = mostBytes - Encoding.UTF8.GetByteCount(Mark);
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, Math.Min(end, text.Length)), Mark);
    }

    private static bool WasThrown(Exception error) => error.StackTrace is not null || (error.InnerException is { } inner && WasThrown(inner));
}
