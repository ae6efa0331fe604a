using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Ledger;

/// <summary>
/// Consumes the dead-letter queues of the run with the bare client, and books each dead letter with its reason. Started when the faults are over: a
/// connection of its own that broke would bring it dead letters twice, and they would count as duplicates.
/// </summary>
internal sealed class DeadLetterReader(IConnection connection, Book book) : IAsyncDisposable
{
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
                book.Write(Event.DeadLettered, delivery.BasicProperties.MessageId!, 0, Encoding.UTF8.GetString((byte[])delivery.BasicProperties.Headers!["tq-dead-reason"]!));
                await channel.BasicAckAsync(delivery.DeliveryTag, false);
            };
            await channel.BasicConsumeAsync($"{run.Prefix}.{taskType}.dead", autoAck: false, consumer);
        }

        return new DeadLetterReader(connection, book);
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        book.Dispose();
    }
}
