using System.Diagnostics;

namespace TaskQueue.Ledger;

/// <summary>One process of the ledger: starts it, sends it signals, keeps what it says in a file. Thread-safe.</summary>
internal sealed class LedgerProcess
{
    private readonly Process _process;
    private readonly Task _copying;

    private LedgerProcess(Process process, string log)
    {
        _process = process;
        _copying = Task.WhenAll(CopyAsync(process.StandardOutput, log, "out"), CopyAsync(process.StandardError, log, "err"));
    }

    public int Id => _process.Id;

    /// <param name="settings">Of the run; the child gets them all.</param>
    /// <param name="verb">publish, load or work.</param>
    /// <param name="index">Which of its kind it is.</param>
    /// <param name="environment">Variables for this child, such as DOTNET_GCHeapHardLimit.</param>
    public static LedgerProcess Start(Settings settings, string verb, int index, IReadOnlyDictionary<string, string>? environment = null) =>
        Start("Ledger.dll", settings.ToArguments(verb, index), Path.Combine(settings.Folder, $"{verb}-{index}"), environment);

    /// <param name="program">Its file, which lies beside this program's own.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="log">Where it is kept what it says; <c>.out</c> and <c>.err</c> are added.</param>
    /// <param name="environment">Variables for this child.</param>
    public static LedgerProcess Start(string program, IEnumerable<string> arguments, string log, IReadOnlyDictionary<string, string>? environment = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new LedgerProcess(Process.Start(start)!, log);
    }

    public void Kill() => Signals.Kill(Id);

    public void Terminate() => Signals.Terminate(Id);

    public void Stop() => Signals.Stop(Id);

    public void Continue() => Signals.Continue(Id);

    /// <returns>What its exit told; 128 + signal when one has ended it.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        await _copying;
        return _process.ExitCode;
    }

    private static async Task CopyAsync(StreamReader from, string log, string kind)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await File.AppendAllLinesAsync($"{log}.{kind}", [line]);
        }
    }
}
