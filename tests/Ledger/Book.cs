using System.Threading.Channels;

namespace TaskQueue.Ledger;

/// <summary>One process's page of the ledger: a line an event, on disk, outside the broker. Thread-safe.</summary>
internal sealed class Book : IAsyncDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    public Book(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        _writing = WriteAsync(Path.Combine(folder, $"{name}.book"));
    }

    public void Write(char kind, string id, long detail, string text) => _lines.Writer.TryWrite($"{kind}\t{id}\t{detail}\t{text}");

    public static IEnumerable<Entry> ReadAll(string folder) =>
        Directory.EnumerateFiles(folder, "*.book").SelectMany(File.ReadLines).Select(line => line.Split('\t')).Select(parts => new Entry(parts[0][0], parts[1], long.Parse(parts[2]), parts[3]));

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync(string path)
    {
        await using var file = new StreamWriter(path);
        await foreach (var line in _lines.Reader.ReadAllAsync())
        {
            await file.WriteLineAsync(line);
            if (!_lines.Reader.TryPeek(out _))
            {
                await file.FlushAsync();
            }
        }
    }
}

/// <param name="Kind">P published, S started, C completed, D dead-lettered.</param>
/// <param name="Id">The task's id.</param>
/// <param name="Detail">S of a scheduled task: microseconds after its due time; else a time.</param>
/// <param name="Text">P: the fate; D: the reason.</param>
internal sealed record Entry(char Kind, string Id, long Detail, string Text);
