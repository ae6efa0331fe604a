using System.Globalization;

namespace TaskQueue.RabbitMq.Health;

/// <summary>The one place that says what is a problem, and how bad: unhealthy = a connection that is needed is not there; degraded = connected,
/// but something stands still.</summary>
internal static class HealthRules
{
    /// <summary>Copies fail now and then (a queue without a leader for a moment) and are tried again: only those that go on failing are a problem.</summary>
    public static readonly TimeSpan PatienceWithCopies = TimeSpan.FromSeconds(5);

    public static TaskQueueHealthReport Judge(TaskQueueHealthReport report)
    {
        var problems = Problems(report).OrderByDescending(problem => problem.State).ToList();
        return problems.Count == 0 ? report : report with { State = problems[0].State, Problems = problems.ConvertAll(problem => problem.Text) };
    }

    private static IEnumerable<HealthProblem> Problems(TaskQueueHealthReport report) =>
    [
        .. OfWorker(report),
        .. OfConnection("publish", report.Publish),
        .. report.Worker is WorkerPhase.Starting or WorkerPhase.Running ? OfConnection("consume", report.Consume) : [],
        .. OfAlarm("RabbitMQ blocks publishes", report.Publish),

        // A connection that never publishes is never blocked. Were it all the same, the broker would read no acknowledgements.
        .. OfAlarm("RabbitMQ blocks the connection to consume", report.Consume),
        .. OfQueues(report),
        .. OfCopies(report),
    ];

    private static IEnumerable<HealthProblem> OfWorker(TaskQueueHealthReport report)
    {
        var since = Time(report.WorkerSince);
        return report.Worker switch
        {
            WorkerPhase.Failed => [new(TaskQueueHealthState.Unhealthy, $"The worker has given up at {since}: {report.LastError?.Message}")],
            WorkerPhase.Starting => [new(TaskQueueHealthState.Degraded, $"The worker is starting since {since} and consumes nothing yet{WhatHinders(report)}")],
            WorkerPhase.Stopping => [new(TaskQueueHealthState.Degraded, $"The worker is stopping since {since} and takes no more tasks.")],
            WorkerPhase.Stopped => [new(TaskQueueHealthState.Degraded, $"The worker has stopped at {since}.")],
            _ => [],
        };
    }

    // One reason for all: what hinders a whole worker mostly hinders each of its queues.
    private static string WhatHinders(TaskQueueHealthReport report) =>
        report.Queues.FirstOrDefault(queue => queue.Reason is not (null or WorkerMonitor.NotTriedYet)) is { } queue ? $": {queue.Reason}" : ".";

    // A first try that is under way is none yet: it ends soon, well or not.
    private static IEnumerable<HealthProblem> OfConnection(string purpose, ConnectionHealth connection) => connection switch
    {
        { State: BrokerConnectionState.Lost } =>
            [new(TaskQueueHealthState.Unhealthy, $"The connection to {purpose} is lost since {Time(connection.Since)} ({connection.Endpoint}): {connection.LastError?.Message}")],
        { State: BrokerConnectionState.Connecting, LastError: { } error } =>
            [new(TaskQueueHealthState.Unhealthy, $"There is no connection to {purpose}, tried since {Time(connection.Since)} ({connection.Endpoint}): {error.Message}")],
        _ => [],
    };

    private static IEnumerable<HealthProblem> OfAlarm(string what, ConnectionHealth connection) => connection.BlockedBy is { } alarm
        ? [new(TaskQueueHealthState.Degraded, $"{what} since {Time(connection.BlockedSince!.Value)}: {alarm}")]
        : [];

    // Without a connection none is consumed: that is one problem, not one for each queue.
    private static IEnumerable<HealthProblem> OfQueues(TaskQueueHealthReport report) =>
        report is { Worker: WorkerPhase.Running, Consume.State: BrokerConnectionState.Connected }
            ? report.Queues.Where(queue => !queue.Consumed)
                .Select(queue => new HealthProblem(TaskQueueHealthState.Degraded, $"The queue '{queue.Name}' is not consumed since {Time(queue.Since)}: {queue.Reason}"))
            : [];

    private static IEnumerable<HealthProblem> OfCopies(TaskQueueHealthReport report) =>
        report.Settling.Since is { } since && report.At - since >= PatienceWithCopies
            ? [new(TaskQueueHealthState.Degraded, $"Copies that settle tasks (retries, dead letters) fail since {Time(since)}, {report.Settling.Failing} now: {report.Settling.LastError?.Message}")]
            : [];

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
