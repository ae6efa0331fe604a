using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>Turns the results of failed publishes into the typed errors of the public contract.</summary>
internal sealed partial class PublishFailures(string endpoint, PublisherOptions options, RabbitMqOptions rabbit)
{
    public TaskPublishException ToException(PublishResult result, TaskMessage message)
    {
        var (id, type) = (message.Envelope.TaskId, message.Envelope.TaskType);
        var (exchange, key) = (message.Exchange.Value, message.RoutingKey.Value);
        return result.Status switch
        {
            PublishStatus.Unroutable or PublishStatus.ExchangeMissing => new TaskUnroutableException(id, type, exchange, key, result.Error is TopologyException ? result.Error.Message : UnroutableCure, result.Error, result.MayBeAccepted),
            PublishStatus.Refused => new TaskRefusedException(id, type, exchange, key, result.MayBeAccepted),
            PublishStatus.AccessRefused => new TaskRefusedException(id, type, exchange, key, result.Detail, $"Grant the user the permission to write to '{exchange}' ('rabbitmqctl set_permissions').", result.Error, result.MayBeAccepted),
            PublishStatus.Rejected => Rejected(result, message),
            PublishStatus.PropertiesTooLarge => new TaskTooLargeException(id, type, "properties and headers", result.Size, result.Limit, result.Limit < options.MaxPropertiesBytes ? "frame_max of the broker" : "Publisher.MaxPropertiesBytes"),
            PublishStatus.Blocked or PublishStatus.Unavailable when result.MayBeAccepted => new PublishTimeoutException(id, type, options.Deadline, result.Error),
            PublishStatus.TimedOut => new PublishTimeoutException(id, type, options.Deadline, result.Error),
            PublishStatus.Blocked => new BrokerBlockedException(id, type, result.Detail ?? "unknown", options.WhenBlocked == BlockedPublishMode.Fail ? null : options.Deadline),
            _ => new BrokerUnavailableException(id, type, endpoint, options.Deadline, result.Error),
        };
    }

    private string UnroutableCure => (options.DeclareMissingQueues, rabbit.TopologyMode) switch
    {
        (false, _) => "Start its worker, which declares the queue, or set 'Publisher.DeclareMissingQueues' to true, which takes the permission to configure.",
        (_, TopologyMode.Declare) => "Start its worker, which declares the queue, or grant this user the permissions to declare it: the log names the first that it lacks ('rabbitmqctl set_permissions').",
        _ => $"'TopologyMode' is '{rabbit.TopologyMode}', so this process declares nothing: start its worker with 'Declare', or import the exported definitions.",
    };

    private static TaskPublishException Rejected(PublishResult result, TaskMessage message)
    {
        var (id, type) = (message.Envelope.TaskId, message.Envelope.TaskType);
        return LimitOfBroker().Match(result.Detail ?? "") is { Success: true } limit
            ? new TaskTooLargeException(id, type, "body", message.Body.Length, long.Parse(limit.Groups[1].Value, CultureInfo.InvariantCulture), "max_message_size of the broker")
            : new TaskRefusedException(id, type, message.Exchange.Value, message.RoutingKey.Value, result.Detail, "It would refuse it again: correct what it names.", result.Error);
    }

    // "PRECONDITION_FAILED - message size 17000000 is larger than configured max size 16777216"
    [GeneratedRegex(@"larger than (?:configured )?max size (\d+)")]
    private static partial Regex LimitOfBroker();
}
