using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PhotoService.Demo;

/// <summary>A dead letter, as its headers tell it.</summary>
internal sealed record DeadLetter(string TaskId, string Reason, string ErrorType, string ErrorMessage, string Attempts);

/// <summary>
/// Looks into a dead-letter queue and leaves everything in it, with AMQP alone, so that a broker without the management plugin
/// will do. Messages are taken without being acknowledged, and given back: that is safe on our dead-letter queues, which have no
/// delivery limit. On a work queue it would spend the messages' deliveries, as the management UI's "Get messages" does.
/// </summary>
internal sealed class DeadLetterQueue(Uri broker, string name)
{
    /// <summary>The queue's name.</summary>
    public string Name => name;

    /// <summary>The broker's virtual host, for links into the management UI.</summary>
    public string VirtualHost => new ConnectionFactory { Uri = broker }.VirtualHost;

    /// <summary>Finds the dead letter of a task, or null while there is none.</summary>
    public async Task<DeadLetter?> FindAsync(string taskId)
    {
        var factory = new ConnectionFactory { Uri = broker, ClientProvidedName = "photo demo", AutomaticRecoveryEnabled = false };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            return await FindAsync(channel, taskId);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;   // the worker has not declared it yet
        }
    }

    private async Task<DeadLetter?> FindAsync(IChannel channel, string taskId)
    {
        DeadLetter? found = null;
        ulong last = 0;
        while (found is null && await channel.BasicGetAsync(name, autoAck: false) is { } message)
        {
            last = message.DeliveryTag;
            if (message.BasicProperties.MessageId == taskId)
                found = Read(message);
        }

        if (last > 0)
            await channel.BasicNackAsync(last, multiple: true, requeue: true);

        return found;
    }

    private static DeadLetter Read(BasicGetResult message)
    {
        var headers = message.BasicProperties.Headers ?? new Dictionary<string, object?>();
        string Header(string header) => headers.TryGetValue(header, out var value) && value is byte[] text
            ? Encoding.UTF8.GetString(text)
            : $"{value}";
        return new DeadLetter(
            message.BasicProperties.MessageId!, Header("tq-dead-reason"), Header("tq-dead-error-type"), Header("tq-dead-error-message"), Header("tq-dead-attempts"));
    }
}
