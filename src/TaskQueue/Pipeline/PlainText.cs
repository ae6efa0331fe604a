using System.Globalization;

namespace TaskQueue.Pipeline;

/// <summary>Text that anybody may have written, for people's eyes: what moves a terminal's cursor, forges a line of a log, or turns the direction
/// of reading becomes a question mark.</summary>
internal static class PlainText
{
    /// <summary>On one line, cut to a number of characters.</summary>
    public static string Line(string text, int most) =>
        text.Length <= most ? Clean(text, keepLines: false) : Clean(text[..WholeCharacters(text, most)], keepLines: false) + "…";

    /// <summary>With its line breaks and tabs.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    private static int WholeCharacters(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;

    private static string Clean(string text, bool keepLines)
    {
        foreach (var character in text)
        {
            if (IsTricky(character, keepLines))
            {
                return Replaced(text, keepLines);
            }
        }

        return text;
    }

    private static string Replaced(string text, bool keepLines) =>
        string.Create(text.Length, (text, keepLines), static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = IsTricky(source.text[i], source.keepLines) ? '?' : source.text[i];
            }
        });

    private static bool IsTricky(char character, bool keepLines) =>
        !char.IsAscii(character) ? IsTrickyCategory(char.GetUnicodeCategory(character))
        : char.IsControl(character) && !(keepLines && character is '\n' or '\r' or '\t');

    private static bool IsTrickyCategory(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
