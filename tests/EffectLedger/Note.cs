using System.Globalization;

namespace TaskQueue.EffectLedger;

/// <summary>One line of a journal.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Key">The effect.</param>
/// <param name="Token">The run's fencing token: microseconds since 1970 at the least, by the store's clock, when it took the key.</param>
/// <param name="By">The life of a process, such as <c>worker-0.3</c>.</param>
/// <param name="At">When, microseconds since 1970. All processes and servers of a run share one clock.</param>
internal sealed record Note(NoteKind Kind, string Key, long Token, string By, long At)
{
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{(char)Kind}\t{Key}\t{Token}\t{By}\t{At}\n");

    public static Note Parse(string line)
    {
        var parts = line.Split('\t');
        return new Note((NoteKind)parts[0][0], parts[1], Number(parts[2]), parts[3], Number(parts[4]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
