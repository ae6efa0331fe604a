using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskQueue.Tests.Support;

/// <summary>A store's server as a program of this machine.</summary>
internal sealed class ProgramServer(int port, string address, Func<int, Task<bool>> answers, string folder, string[] command) : StoreServer(port, address, answers)
{
    // A PostgreSQL whose children have not ended yet refuses to start on their data.
    private const int Starts = 40;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private int _starts;

    /// <inheritdoc/>
    public override async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public override Task SuspendAsync() => SignalAsync("STOP");

    /// <inheritdoc/>
    public override Task ResumeAsync() => SignalAsync("CONT");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync().ConfigureAwait(false);
        // What the server's children still write on their way out makes this fail for a moment.
        await Eventually.TrueAsync(TryDelete, $"'{folder}' to be deleted").ConfigureAwait(false);
    }

    private protected override Task LaunchAsync()
    {
        _starts = 0;
        Launch();
        return Task.CompletedTask;
    }

    private protected override async Task<string?> LastWordsAsync()
    {
        if (_process is not { HasExited: true })
            return null;
        await _process.WaitForExitAsync().ConfigureAwait(false);
        if (++_starts == Starts)
            return string.Join('\n', _output);
        Launch();
        return null;
    }

    private void Launch()
    {
        _process?.Dispose();
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        _output.Enqueue(line ?? "");
        if (_output.Count > 30)
            _output.TryDequeue(out _);
    }

    // The server first: it then has no new children. Linux without procps has no pgrep, and others have no /proc.
    private Task SignalAsync(string signal) => UnprivilegedUser.RunAsync(
        ["sh", "-c", $"kill -{signal} $0; kill -{signal} $(cat /proc/$0/task/$0/children 2>/dev/null || pgrep -P $0) 2>/dev/null || true", $"{_process!.Id}"]);

    private bool TryDelete()
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
