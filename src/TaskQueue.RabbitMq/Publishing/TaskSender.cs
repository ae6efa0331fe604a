using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// The end of the publish pipeline: writes the body into a rented buffer, addresses it (at once, or through the delay line), sends it, and
/// turns the result into a receipt or a typed error. A task that has no queue goes to <see cref="RouteAssurance"/>. What an outbox has kept takes the same way, with the
/// body that it brings. A singleton; thread-safe.
/// </summary>
internal sealed class TaskSender(
    IMessagePublisher publisher,
    BrokerConnections connections,
    BrokerTopology topology,
    PublisherOptions options,
    RabbitMqOptions rabbit,
    TimeProvider time) : IPublishEnd, IEnvelopeSender
{
    private const int MostBodies = 4_096;

    private readonly ConcurrentDictionary<TaskTypeModel, TaskTypeRoutes> _routes = new();
    private readonly BodyPool _bodies = new(options.MaxBodyBytes, Math.Min(2 * options.Window, MostBodies));
    private readonly CachedString _tasksExchange = new(topology.Names.TasksExchange);
    private readonly DelayStages _delayStages = new(topology.Names);
    private readonly RouteAssurance _assurance = new(publisher, connections.Publish, topology, options.WhenBlocked, time);
    private readonly PublishFailures _failures = new(connections.Publish.Endpoint, options, rabbit);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PublishReceipt> SendAsync(PublishContext context, CancellationToken cancellationToken)
    {
        var deadline = new PublishDeadline(time, options.Deadline);
        var routes = _routes.GetOrAdd(context.Model, static type => new TaskTypeRoutes(type));
        var body = routes.Write(context, _bodies, options.MaxBodyBytes);

        // Until it is known that the client has read the body, its buffer must not serve another task.
        var mayBeRead = true;
        try
        {
            var message = Address(context.Envelope, routes.KeyOf(context.Priority), body.Written);
            var result = await SendOnceAsync(message, deadline, cancellationToken).ConfigureAwait(false);
            if (CameBack(message, result))
            {
                result = await _assurance.SendAgainAsync(message, result, deadline, cancellationToken).ConfigureAwait(false);
            }

            mayBeRead = result.Status == PublishStatus.TimedOut;
            return ToReceipt(message, result);
        }
        finally
        {
            if (!mayBeRead)
            {
                body.Dispose();
            }
        }
    }

    public async ValueTask<PublishReceipt> SendAsync(TaskEnvelope envelope, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var deadline = new PublishDeadline(time, options.Deadline);
        var message = Address(envelope, new CachedString(TopologyNames.Address(envelope.TaskType, envelope.Priority)), body);
        var result = await SendOnceAsync(message, deadline, cancellationToken).ConfigureAwait(false);
        if (CameBack(message, result))
        {
            result = await _assurance.SendAgainAsync(message, result, deadline, cancellationToken).ConfigureAwait(false);
        }

        return ToReceipt(message, result);
    }

    private TaskMessage Address(TaskEnvelope envelope, CachedString key, ReadOnlyMemory<byte> body) =>
        envelope.DueAt is { } dueAt
            ? new DelayedTaskMessage(envelope, dueAt, key.Value, body, _delayStages, time)
            : new TaskMessage(envelope) { Exchange = _tasksExchange, RoutingKey = key, Body = body };

    private ValueTask<PublishResult> SendOnceAsync(TaskMessage message, PublishDeadline deadline, CancellationToken cancellationToken) =>
        message is DelayedTaskMessage delayed
            ? new(_assurance.SendDelayedAsync(delayed, deadline, cancellationToken))
            : publisher.PublishAsync(message, deadline.Total, cancellationToken);

    private static bool CameBack(TaskMessage message, in PublishResult result) =>
        result.Status is PublishStatus.Unroutable or PublishStatus.ExchangeMissing && message is not DelayedTaskMessage;

    private PublishReceipt ToReceipt(TaskMessage message, in PublishResult result) =>
        result.Status == PublishStatus.Confirmed
            ? new PublishReceipt(message.Envelope.TaskId, message.Envelope.TaskType, message.Exchange.Value, message.RoutingKey.Value)
            : throw _failures.ToException(result, message);
}
