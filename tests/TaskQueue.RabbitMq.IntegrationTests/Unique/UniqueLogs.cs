using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Unique;

/// <summary>What a worker says about tasks that it discards.</summary>
internal static class UniqueLogs
{
    private const int Discarded = 2221;

    public static Task WaitForDiscardedAsync(TestWorker worker, string taskId, string reason) => Eventually.TrueAsync(
        () => worker.Logs.Any(line => line.Id.Id == Discarded && line.GetStructuredStateValue("TaskId") == taskId && line.GetStructuredStateValue("Reason") == reason),
        $"the task '{taskId}' to be discarded as {reason}");
}
