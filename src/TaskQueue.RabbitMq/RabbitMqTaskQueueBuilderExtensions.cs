using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq;

namespace TaskQueue;

/// <summary>Puts TaskQueue on RabbitMQ. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class RabbitMqTaskQueueBuilderExtensions
{
    /// <summary>Uses the broker that the configuration section <c>TaskQueue:RabbitMq</c> names, else <c>amqp://localhost</c>.</summary>
    /// <param name="queue">The builder.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRabbitMq(this TaskQueueBuilder queue) => queue.UseRabbitMq(static _ => { });

    /// <summary>Uses the broker at an address.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="uri">As <see cref="RabbitMqOptions.Uri"/>. One that cannot be read is reported at start, without its password.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRabbitMq(this TaskQueueBuilder queue, string uri) => queue.UseRabbitMq(uri, static _ => { });

    /// <summary>Uses the broker at an address, with further settings.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="uri">As <see cref="RabbitMqOptions.Uri"/>. One that cannot be read is reported at start, without its password.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRabbitMq(this TaskQueueBuilder queue, string uri, Action<RabbitMqOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(configure);
        return queue.UseRabbitMq(rabbit =>
        {
            rabbit.SetUri(uri);
            configure(rabbit);
        });
    }

    /// <summary>Uses RabbitMQ with the given settings. Repeated calls add up; the last value wins.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRabbitMq(this TaskQueueBuilder queue, Action<RabbitMqOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(configure);
        configure(RabbitMqServices.OptionsOf(queue.Services));
        return queue;
    }
}
