using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Ledger;

/// <summary>
/// One process's page of the ledger: a line an event, on disk, outside the broker. Each line is one write(2) that has returned before
/// <see cref="Write"/> does, so it outlives a kill -9 of its process; nothing is buffered here. Every life of a process has a file of its own.
/// Thread-safe.
/// </summary>
internal sealed class Book : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly SafeFileHandle _file;
    private long _length;

    /// <param name="folder">The run's folder; created when it is not there.</param>
    /// <param name="name">Whose page it is, such as <c>worker-0</c>.</param>
    public Book(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        (_file, Life) = Open(folder, name);
        Folder = folder;
        Name = string.Create(CultureInfo.InvariantCulture, $"{name}.{Life}");
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>The name and the life, such as <c>worker-0.3</c>.</summary>
    public string Name { get; }

    /// <summary>How many books of this name there were before: which life of its process this is, from 0.</summary>
    public int Life { get; }

    public void Write(Event what, string id, long detail = 0, string text = "") =>
        Write(new Entry(what, id, detail, text, _time.GetUtcNow().ToUnixTimeMilliseconds()).ToLine());

    /// <param name="line">With its end.</param>
    public void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        lock (_gate)
        {
            RandomAccess.Write(_file, bytes, _length);
            _length += bytes.Length;
        }
    }

    public void Dispose() => _file.Dispose();

    private static (SafeFileHandle File, int Life) Open(string folder, string name)
    {
        for (var life = 0; ; life++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}.{life}.book"));
            if (!File.Exists(path))
            {
                return (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite), life);
            }
        }
    }
}
