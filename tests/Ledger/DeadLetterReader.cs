using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Ledger;

/// <summary>
/// Consumes the dead-letter queues of the run with the bare client, and books each dead letter with its reason. Started when the faults are over: a
/// connection of its own that broke would bring it dead letters twice, and they would count as duplicates.
/// </summary>
internal sealed class DeadLetterReader(IConnection connection, Book book) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the queues to be declared by the first worker, and consumes them.</summary>
    public static async Task<DeadLetterReader> StartAsync(Settings run)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(run.RabbitMq), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        var book = new Book(run.Folder, "dead-letters");
        var channel = await connection.CreateChannelAsync();
        await channel.BasicQosAsync(0, 500, false);
        foreach (var taskType in Registration.TaskTypes)
        {
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += async (_, delivery) =>
            {
                var headers = delivery.BasicProperties.Headers!;
                var attempts = Convert.ToInt64(headers["tq-dead-attempts"], CultureInfo.InvariantCulture);
                book.Write(Event.DeadLettered, delivery.BasicProperties.MessageId!, attempts, Encoding.UTF8.GetString((byte[])headers["tq-dead-reason"]!));
                await channel.BasicAckAsync(delivery.DeliveryTag, false);
            };
            var queue = $"{run.Prefix}.{taskType}.dead";
            await WaitUntilDeclaredAsync(connection, queue);
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        }

        return new DeadLetterReader(connection, book);
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        book.Dispose();
    }

    private static async Task WaitUntilDeclaredAsync(IConnection connection, string queue)
    {
        while (!await IsDeclaredAsync(connection, queue))
        {
            await Task.Delay(Pause);
        }
    }

    private static async Task<bool> IsDeclaredAsync(IConnection connection, string queue)
    {
        // The answer "no" closes the channel.
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await channel.QueueDeclarePassiveAsync(queue);
            return true;
        }
        catch (OperationInterruptedException refusal) when (refusal.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }
}
