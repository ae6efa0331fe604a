using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PhotoService.Demo;

/// <summary>A billing worker in a process of its own, which ends with this object, or with the demo. It gets its settings from the environment, as the demo does.</summary>
internal sealed class BillingProcess : IDisposable
{
    private const int Killed = 128 + 9;   // what a shell, and .NET, make of SIGKILL

    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;
    private readonly PosixSignalRegistration _end;

    private BillingProcess(string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(assembly),
            RedirectStandardOutput = true,
            Environment =
            {
                ["Logging__LogLevel__TaskQueue"] = "Debug",               // to see what becomes of each task
                ["TaskQueue__Idempotency__Lease"] = "00:00:03",           // how soon another worker takes over what a dead one was at
                ["DOTNET_NOLOGO"] = "true",
            },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _process.Kill());
    }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The sample's worker.</summary>
    public static BillingProcess Start(string assembly) => new(assembly);

    /// <summary>The same, but one that will be killed.</summary>
    public static BillingProcess StartDoomed(CrashStep step, Guid orderId) =>
        new(typeof(BillingProcess).Assembly.Location, "--Crash", $"{step}", "--Order", $"{orderId}");

    /// <summary>Waits until it has ended; fails where it was not killed.</summary>
    public async Task WaitForDeathAsync()
    {
        await WaitForAsync($"process {Id} to be killed", () => _process.HasExited);
        Expect.That(_process.ExitCode == Killed, $"process {Id} to be killed, got exit code {_process.ExitCode}; its log:{Tail}");
    }

    /// <summary>Waits until so many lines of its log have the text.</summary>
    public Task WaitForLinesAsync(string text, int count) =>
        WaitForAsync($"{count} times '{text}' from process {Id}", () => _lines.Count(line => line.Contains(text, StringComparison.Ordinal)) >= count);

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Tail => string.Concat(_lines.TakeLast(20).Select(line => $"\n  {line}"));

    private async Task WaitForAsync(string expectation, Func<bool> isMet)
    {
        try
        {
            await Expect.SoonAsync(expectation, () => Task.FromResult(isMet() ? this : null));
        }
        catch (DemoFailedException error)
        {
            throw new DemoFailedException($"{error.Message}; its log:{Tail}");
        }
    }
}
