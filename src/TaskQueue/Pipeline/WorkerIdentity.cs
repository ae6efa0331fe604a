using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace TaskQueue.Pipeline;

/// <summary>Who this process is, in consumer tags, connection names and dead letters.</summary>
/// <param name="Worker">The worker's name; default machine name and process id.</param>
/// <param name="Application">The application's name (AMQP <c>app_id</c>).</param>
internal sealed record WorkerIdentity(string Worker, string Application)
{
    public static WorkerIdentity Of(WorkerOptions options, IHostEnvironment? environment) => new(
        options.Name ?? $"{Environment.MachineName}-{Environment.ProcessId}",
        environment?.ApplicationName ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "unknown");
}
