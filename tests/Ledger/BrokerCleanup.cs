using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace TaskQueue.Ledger;

/// <summary>Deletes what a run has declared, which its own exported definitions list.</summary>
internal static class BrokerCleanup
{
    public static async Task RunAsync(Settings run)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(new Book(run.Folder, "cleanup"))
            .AddTaskQueue(queue =>
            {
                Registration.ConfigureWorker(queue, run);
            })
            .BuildServiceProvider();
        using var definitions = JsonDocument.Parse(services.GetRequiredService<TopologyDefinitions>().ToJson());
        await using var connection = await new ConnectionFactory { Uri = new Uri(run.RabbitMq) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in NamesOf(definitions, "queues"))
        {
            await channel.QueueDeleteAsync(queue);
        }

        foreach (var exchange in NamesOf(definitions, "exchanges"))
        {
            await channel.ExchangeDeleteAsync(exchange);
        }
    }

    private static IEnumerable<string> NamesOf(JsonDocument definitions, string kind) =>
        definitions.RootElement.GetProperty(kind).EnumerateArray().Select(entity => entity.GetProperty("name").GetString()!);
}
