using System.Text;

namespace TaskQueue.Ledger;

/// <summary>
/// Reads all books of a folder while they are written: each call returns what has been added since the last. A last line without its end is left
/// for the next call, or for ever where its writer was killed. Not thread-safe.
/// </summary>
internal sealed class BookReader(string folder)
{
    private readonly Dictionary<string, long> _positions = [];

    public static IEnumerable<Entry> ReadAll(string folder) => new BookReader(folder).ReadNew();

    public IEnumerable<Entry> ReadNew() => ReadNewLines().Select(Entry.Parse);

    public IEnumerable<string> ReadNewLines() =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.book").Order(StringComparer.Ordinal).SelectMany(ReadNewOf) : [];

    private IEnumerable<string> ReadNewOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _positions.GetValueOrDefault(path);
        var bytes = new byte[file.Length - file.Position];
        file.ReadExactly(bytes);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _positions[path] = file.Position - bytes.Length + whole;
        return Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
