using System.Diagnostics;

namespace TaskQueue.Tests.Support;

/// <summary>The <c>docker</c> command, for the faults that Testcontainers has no method for: kill, pause, networks, a start at the same address.</summary>
internal static class DockerCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed, trimmed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has its words.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0
                ? (await output).Trim()
                : throw new InvalidOperationException($"'docker {string.Join(' ', arguments)}' failed: {await errors}{await output}");
        }
        catch (OperationCanceledException exception)
        {
            process.Kill();
            throw new TimeoutException($"'docker {string.Join(' ', arguments)}' was not done within {Deadline}.", exception);
        }
    }
}
