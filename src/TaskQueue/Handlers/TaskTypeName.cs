using System.Text;

namespace TaskQueue.Handlers;

/// <summary>
/// The names of task types: by <see cref="TaskTypeAttribute"/>, else by convention (<c>MakeThumbnails</c> is <c>make-thumbnails</c>),
/// and the rules that keep them clear of the names of our own queues.
/// </summary>
internal static class TaskTypeName
{
    public const int MaxBytes = 200;

    private static readonly string[] ReservedFirstWords = ["tasks", "delay", "dead", "unroutable"];
    private static readonly string[] ReservedLastWords = ["low", "normal", "high", "critical", "bounded", "dead", "due", "suspect"];

    /// <summary>The name that the attribute gives, or null.</summary>
    public static string? Given(Type clrType) =>
        (Attribute.GetCustomAttribute(clrType, typeof(TaskTypeAttribute), inherit: false) as TaskTypeAttribute)?.Name;

    /// <summary>A dash before each new word: an upper-case letter after another kind of letter, or the last capital of an acronym.</summary>
    public static string ByConvention(string clrName)
    {
        var name = new StringBuilder(clrName.Length + 8);
        for (var i = 0; i < clrName.Length; i++)
        {
            if (i > 0 && StartsWord(clrName, i))
            {
                name.Append('-');
            }

            name.Append(char.ToLowerInvariant(clrName[i]));
        }

        return name.ToString();
    }

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? FindFault(string name)
    {
        var words = name.Split('.');
        return name.Length > MaxBytes ? $"it has {name.Length} characters; at most {MaxBytes} are allowed"
            : !words.All(IsWord) ? "it must be words of letters A-Z, a-z, digits, '_' and '-', joined by single dots"
            : ReservedFirstWords.Contains(words[0], StringComparer.OrdinalIgnoreCase) ? $"it must not start with the word '{words[0]}', which names "
                + "exchanges and queues of the framework"
            : ReservedLastWords.Contains(words[^1], StringComparer.OrdinalIgnoreCase) ? $"it must not end with the word '{words[^1]}', which names "
                + "priorities and companion queues"
            : null;
    }

    private static bool StartsWord(string name, int at) =>
        char.IsUpper(name[at])
        && (char.IsLower(name[at - 1]) || char.IsDigit(name[at - 1])
            || (char.IsUpper(name[at - 1]) && at + 1 < name.Length && char.IsLower(name[at + 1])));

    private static bool IsWord(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
