using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq;

/// <summary>All log messages of this project. Event ids 2000 to 2099: connections and publishing; 2200 to 2299: consuming. No message holds a body
/// or a password.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Connection '{Connection}' to RabbitMQ {Version} at {Endpoint} is open")]
    public static partial void Connected(ILogger logger, string connection, string endpoint, Version version);

    [LoggerMessage(2001, LogLevel.Warning, "RabbitMQ at {Endpoint} cannot be reached for the connection '{Connection}' (try {Attempt}); next try in {Delay}: {Error}")]
    public static partial void Unreachable(ILogger logger, string connection, string endpoint, int attempt, TimeSpan delay, string error);

    [LoggerMessage(2002, LogLevel.Error, "Connection '{Connection}' is refused; next try in {Delay}: {Error}")]
    public static partial void Refused(ILogger logger, string connection, string error, TimeSpan delay);

    [LoggerMessage(2003, LogLevel.Warning, "Connection '{Connection}' to RabbitMQ at {Endpoint} is lost and will be opened again: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string connection, string endpoint, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "RabbitMQ blocks publishes on the connection '{Connection}' until its alarm is over: {Reason}")]
    public static partial void ConnectionBlocked(ILogger logger, string connection, string reason);

    [LoggerMessage(2005, LogLevel.Information, "RabbitMQ takes publishes on the connection '{Connection}' again")]
    public static partial void ConnectionUnblocked(ILogger logger, string connection);

    [LoggerMessage(2006, LogLevel.Warning, "RabbitMQ {Version} at {Endpoint}: {Advice}")]
    public static partial void OldBroker(ILogger logger, Version version, string endpoint, string advice);

    [LoggerMessage(EventId = 2020, Message = "A publishing channel is lost; its {Unconfirmed} unconfirmed messages are judged and sent again with the same ids: {Reason}")]
    public static partial void ChannelLost(ILogger logger, LogLevel level, int unconfirmed, string reason);

    [LoggerMessage(2021, LogLevel.Warning, "RabbitMQ has confirmed nothing of exchange '{Exchange}', routing key '{RoutingKey}' for 3 s: its queue has no leader, or the channel or its connection is stuck. What goes there waits for an answer on a channel of its own; what goes elsewhere does not wait")]
    public static partial void DetourBegun(ILogger logger, string exchange, string routingKey);

    [LoggerMessage(2022, LogLevel.Information, "RabbitMQ answers for exchange '{Exchange}', routing key '{RoutingKey}' again")]
    public static partial void DetourEnded(ILogger logger, string exchange, string routingKey);

    [LoggerMessage(2030, LogLevel.Error, "A handler of TaskQueueHealth.Changed failed; the others are told all the same")]
    public static partial void HealthHandlerFailed(ILogger logger, Exception error);

    // 2100 to 2199: topology.
    [LoggerMessage(2100, LogLevel.Information, "The delay line is declared, in {Elapsed}")]
    public static partial void DelayLineDeclared(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(2101, LogLevel.Warning, "The delay line could not be declared or verified; the next delayed publish or retry tries again")]
    public static partial void DelayLineFailed(ILogger logger, Exception error);

    [LoggerMessage(2102, LogLevel.Information, "The queue '{Queue}' held the tasks of '{WorkQueue}' under another configuration: it gets no more, and is drained")]
    public static partial void LeftOverQueueFound(ILogger logger, string queue, string workQueue);

    [LoggerMessage(2103, LogLevel.Information, "No worker has declared a queue for the task type '{TaskType}' yet; this publisher has, so that its tasks wait for their first worker")]
    public static partial void MissingQueueDeclared(ILogger logger, string taskType);

    [LoggerMessage(2104, LogLevel.Warning, "No worker has declared a queue for the task type '{TaskType}' yet, and this publisher may not: {Reason}")]
    public static partial void MissingQueueForbidden(ILogger logger, string taskType, string reason);

    [LoggerMessage(2105, LogLevel.Information, "{Count} exchange(s) and queue(s) are not verified, since this user has no permission for them: {Names}")]
    public static partial void TopologyNotSeen(ILogger logger, int count, string names);

    [LoggerMessage(2106, LogLevel.Information, "Arguments are not verified, only that everything exists: comparing them takes the permission to configure (first refused for the {Kind} '{Name}': {Reason})")]
    public static partial void TopologyArgumentsNotSeen(ILogger logger, string kind, string name, string reason);

    [LoggerMessage(2107, LogLevel.Warning, "The queue '{Queue}' holds {Count} message(s) that had nowhere to go. Look at their routing keys, start the worker that binds them (TopologyMode.Declare), publish them again or shovel them back, and empty the queue")]
    public static partial void Unroutable(ILogger logger, string queue, uint count);

    [LoggerMessage(2108, LogLevel.Warning, "{Count} suspect queue(s) do not exist: {Queues}. A task that may have crashed its workers belongs there, apart from the others; without it such a task runs among them. Import what TopologyDefinitions exports")]
    public static partial void SuspectQueuesMissing(ILogger logger, int count, string queues);

    [LoggerMessage(2109, LogLevel.Warning, "The worker consumes, but it could not find out whether any exchange or queue is missing, or not declare what is; that is tried again in {Pause}: {Error}")]
    public static partial void TopologyNotReviewed(ILogger logger, TimeSpan pause, string error);

    [LoggerMessage(2110, LogLevel.Warning, "An exchange or queue of this worker or of the delay line is missing (somebody has deleted it), or a publisher has made a queue beside its own: that is declared again")]
    public static partial void TopologyIncomplete(ILogger logger);

    [LoggerMessage(2111, LogLevel.Information, "The queue '{Queue}', which another configuration would have for the tasks of '{WorkQueue}', is not consumed: this user may not read it. If it exists, drain it, or grant the permission and start the worker again")]
    public static partial void LeftOverNotRead(ILogger logger, string queue, string workQueue);

    // 2200 to 2299: consuming.
    [LoggerMessage(2200, LogLevel.Information, "Consuming '{TaskType}' from '{Queue}': priorities {Priorities}, concurrency {Concurrency}, prefetch {Prefetch}, retry {Retry}; RabbitMQ {Version}")]
    public static partial void Consuming(ILogger logger, string taskType, string queue, PriorityMode priorities, int concurrency, int prefetch, RetryPolicy retry, Version version);

    [LoggerMessage(2201, LogLevel.Warning, "The worker starts without RabbitMQ at {Endpoint} and consumes as soon as it can be reached: {Error}")]
    public static partial void StartsWithoutBroker(ILogger logger, string endpoint, string error);

    [LoggerMessage(2202, LogLevel.Warning, "HostOptions.ShutdownTimeout is {ShutdownTimeout}, shorter than the timeout of {TaskTypes}: a handler that runs longer is cancelled at shutdown, and its task runs again. Raise it with services.Configure<HostOptions>(…)")]
    public static partial void ShortShutdown(ILogger logger, TimeSpan shutdownTimeout, string taskTypes);

    [LoggerMessage(2204, LogLevel.Warning, "Consuming failed and begins anew in {Pause}: {Error}")]
    public static partial void EpochFailed(ILogger logger, TimeSpan pause, string error);

    [LoggerMessage(2205, LogLevel.Warning, "Queue '{Queue}' is no longer consumed and will be consumed again: {Reason}")]
    public static partial void ConsumerEnded(ILogger logger, string queue, string reason);

    [LoggerMessage(2206, LogLevel.Warning, "Queue '{Queue}' could not be consumed; it is tried again: {Error}")]
    public static partial void ConsumeFailed(ILogger logger, string queue, string error);

    [LoggerMessage(2207, LogLevel.Warning, "Queue '{Queue}' does not exist any more and is declared again")]
    public static partial void QueueMissing(ILogger logger, string queue);

    [LoggerMessage(2208, LogLevel.Warning, "A consumer's channel could not be closed")]
    public static partial void ConsumerNotClosed(ILogger logger, Exception error);

    [LoggerMessage(2209, LogLevel.Error, "RabbitMQ refuses this worker, which tries again in {Pause}: {Error}")]
    public static partial void WorkerRefused(ILogger logger, TimeSpan pause, string error);

    [LoggerMessage(2210, LogLevel.Information, "Stopping: no more tasks are taken, those that have not started are given back, running ones may finish")]
    public static partial void Draining(ILogger logger);

    [LoggerMessage(2211, LogLevel.Warning, "The shutdown's time is up: handlers are cancelled and have {Grace} to end; their tasks are given back")]
    public static partial void Aborting(ILogger logger, TimeSpan grace);

    [LoggerMessage(2212, LogLevel.Information, "The worker has stopped; {Unstarted} tasks that had not started were given back")]
    public static partial void Drained(ILogger logger, int unstarted);

    [LoggerMessage(2213, LogLevel.Error, "RabbitMQ does not let this worker read or declare the queue '{Queue}'; it is tried again: {Reason}")]
    public static partial void ReadRefused(ILogger logger, string queue, string reason);

    [LoggerMessage(2214, LogLevel.Debug, "HostOptions.ShutdownTimeout is {ShutdownTimeout}, shorter than the default timeout, which {TaskTypes} have: a handler that runs longer is cancelled at shutdown, and its task runs again")]
    public static partial void ShortShutdownByDefault(ILogger logger, TimeSpan shutdownTimeout, string taskTypes);

    [LoggerMessage(2215, LogLevel.Information, "Queue '{Queue}' is consumed again")]
    public static partial void ConsumedAgain(ILogger logger, string queue);

    [LoggerMessage(2216, LogLevel.Information, "The worker consumes again, from {Node}; queues that it cannot consume have lines of their own")]
    public static partial void ConsumesAgain(ILogger logger, string node);

    [LoggerMessage(2217, LogLevel.Warning, "The suspect queue '{Queue}' could not be consumed; its turn comes again: {Error}")]
    public static partial void SuspectsNotConsumed(ILogger logger, string queue, string error);

    [LoggerMessage(2218, LogLevel.Warning, "RabbitMQ {Version} takes a message back that a worker holds for longer than its consumer_timeout (30 min by default) and closes the channel; the tasks of '{Queue}' may be held for {Needed} ({NeededMs} ms). Make sure that a policy with 'consumer-timeout' of at least that applies to the queue, such as topology/policies/work-queues-4.0-4.2.json; from RabbitMQ 4.3 on the worker sets it itself")]
    public static partial void ConsumerTimeoutOfBroker(ILogger logger, Version version, string queue, TimeSpan needed, long neededMs);

    [LoggerMessage(2219, LogLevel.Warning, "'ConsumerTimeout' of the tasks of '{Queue}' is {ConsumerTimeout}, no longer than their 'Timeout' of {Timeout}: RabbitMQ may hand a task to another worker while it still runs here. Raise the one or lower the other")]
    public static partial void ConsumerTimeoutTooShort(ILogger logger, string queue, TimeSpan consumerTimeout, TimeSpan timeout);

    [LoggerMessage(2240, LogLevel.Warning, "Handlers block all {Threads} threads of the pool, which the connection needs too: its minimum is now {Minimum}. Await instead of blocking, or lower the concurrency")]
    public static partial void PoolBlocked(ILogger logger, int threads, int minimum);

    [LoggerMessage(2242, LogLevel.Warning, "Handlers block all {Threads} threads that the pool may have, and the connection needs some too: it may be lost, and what they finish runs again. Await instead of blocking, lower the concurrency, or raise the pool's maximum and minimum (up to 1,024 threads the worker raises the minimum itself)")]
    public static partial void PoolExhausted(ILogger logger, int threads);

    [LoggerMessage(2241, LogLevel.Warning, "What a handler has registered on its cancellation token threw when it was cancelled")]
    public static partial void CancellationFailed(ILogger logger, Exception error);

    [LoggerMessage(2220, LogLevel.Debug, "Task {TaskId} ({TaskType}) completed at attempt {Attempt}")]
    public static partial void Completed(ILogger logger, string taskId, string taskType, int attempt);

    [LoggerMessage(2221, LogLevel.Debug, "Task {TaskId} ({TaskType}) was discarded: {Reason}")]
    public static partial void Discarded(ILogger logger, string taskId, string taskType, string reason);

    [LoggerMessage(2222, LogLevel.Debug, "Task {TaskId} ({TaskType}) is put off by {Delay}")]
    public static partial void Deferred(ILogger logger, string taskId, string taskType, TimeSpan delay);

    [LoggerMessage(2223, LogLevel.Debug, "Task {TaskId} from '{Queue}' was given back")]
    public static partial void GivenBack(ILogger logger, string? taskId, string queue);

    [LoggerMessage(2224, LogLevel.Warning, "Task {TaskId} ({TaskType}) will be tried again in {Delay}: attempt {Attempt} did not succeed")]
    public static partial void Retried(ILogger logger, Exception? error, string taskId, string taskType, int attempt, TimeSpan delay);

    [LoggerMessage(2225, LogLevel.Error, "Task {TaskId} ({TaskType}) is dead-lettered to '{DeadQueue}' after {Attempts} attempt(s): {Reason}")]
    public static partial void DeadLettered(ILogger logger, Exception? error, string? taskId, string? taskType, long attempts, string reason, string deadQueue);

    [LoggerMessage(2226, LogLevel.Debug, "Task {TaskId} from '{Queue}' could not be settled, since its channel is gone, or it was given back: it will be delivered again")]
    public static partial void Stale(ILogger logger, string? taskId, string queue);

    [LoggerMessage(2237, LogLevel.Debug, "Task {TaskId} from '{Queue}' was held for longer than the consumer timeout, so that RabbitMQ has handed it out again: how it ended here does not count")]
    public static partial void TakenBack(ILogger logger, string? taskId, string queue);

    [LoggerMessage(2227, LogLevel.Warning, "Task {TaskId} ({TaskType}) may have crashed its workers: {Crashes} were lost while they held it. It moves to '{SuspectQueue}', where it runs apart from the others")]
    public static partial void Suspected(ILogger logger, string taskId, string taskType, int crashes, string suspectQueue);

    [LoggerMessage(2228, LogLevel.Error, "Task {TaskId} from '{Queue}' may have crashed its workers, but the queue '{SuspectQueue}' cannot be had, so it runs among the others until the next connection. Create the queue (start one worker that may declare it, or import what TopologyDefinitions exports), and let this user write to the default exchange ('amq.default'). {Hindrance}")]
    public static partial void NoSuspectQueue(ILogger logger, string? taskId, string queue, string suspectQueue, string hindrance);

    [LoggerMessage(2230, LogLevel.Warning, "Copies that settle tasks fail at '{Exchange}' ({Status}) and are tried again: {Count} at present, that of task {TaskId} among them; the next line about it comes in a minute. {Detail}")]
    public static partial void CopyFailed(ILogger logger, string exchange, Publishing.PublishStatus status, int count, string? taskId, string? detail);

    [LoggerMessage(2235, LogLevel.Information, "All copies that had failed at '{Exchange}' are confirmed, up to {Most} at a time, after {Elapsed}")]
    public static partial void CopiesSafeAtLast(ILogger logger, string exchange, int most, TimeSpan elapsed);

    [LoggerMessage(2236, LogLevel.Debug, "Task {TaskId} from '{Queue}' could not be given back by a copy ({Status}), so RabbitMQ counts its give-back like a crash: {Detail}")]
    public static partial void ReturnedAsFailed(ILogger logger, string? taskId, string queue, Publishing.PublishStatus status, string? detail);

    [LoggerMessage(2231, LogLevel.Error, "RabbitMQ refuses the copy of task {TaskId} for good; the message is left to the dead-lettering of its queue '{Queue}': {Detail}")]
    public static partial void CopyRejected(ILogger logger, string? taskId, string queue, string? detail);

    [LoggerMessage(2232, LogLevel.Error, "Task {TaskId} from '{Queue}' could not be settled and is given back as a failed delivery")]
    public static partial void SettlingFailed(ILogger logger, Exception error, string? taskId, string queue);

    [LoggerMessage(2233, LogLevel.Error, "The delivery of task {TaskId} from '{Queue}' failed outside of its pipeline and is given back as a failed delivery")]
    public static partial void DeliveryFailed(ILogger logger, Exception error, string? taskId, string queue);

    [LoggerMessage(2234, LogLevel.Debug, "The acknowledgement of delivery {Tag} could not be sent; its channel is gone: {Error}")]
    public static partial void AcknowledgementNotSent(ILogger logger, ulong tag, string error);
}
