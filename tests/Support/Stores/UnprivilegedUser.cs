using System.Diagnostics;

namespace TaskQueue.Tests.Support;

/// <summary>PostgreSQL refuses to be root: root runs it as <c>postgres</c>, whom the package creates, or as <c>nobody</c>.</summary>
internal static class UnprivilegedUser
{
    /// <summary>The command as that user, or as it is where this process is not root. Its process is the command itself, so that a signal reaches it.</summary>
    public static string[] Becoming(string[] command)
    {
        if (Environment.UserName != "root")
            return command;
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).ToList();
        var user = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody")!;
        return ["setpriv", $"--reuid={user[2]}", $"--regid={user[3]}", "--init-groups", "--", .. command];
    }

    /// <summary>Runs a command of this user to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its words.</exception>
    public static async Task RunAsync(string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' failed: {await errors.ConfigureAwait(false)}{await output.ConfigureAwait(false)}");
    }
}
