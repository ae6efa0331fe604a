using System.Text.Encodings.Web;
using System.Text.Json;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>A plan in RabbitMQ's definitions format (https://www.rabbitmq.com/docs/definitions): everything durable, nothing auto-deleted.</summary>
internal static class DefinitionsFile
{
    // No '<' or '+' here that a browser could take for markup; people read this file.
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, TopologyPlan plan, string virtualHost)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        WriteArray(json, "vhosts", [virtualHost], host => json.WriteString("name", host));
        WriteArray(json, "exchanges", plan.Exchanges, exchange => Write(json, exchange, virtualHost));
        WriteArray(json, "queues", plan.Queues, queue => Write(json, queue, virtualHost));
        WriteArray(json, "bindings", plan.Bindings, binding => Write(json, binding, virtualHost));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ExchangePlan exchange, string virtualHost)
    {
        json.WriteString("name", exchange.Name);
        json.WriteString("vhost", virtualHost);
        json.WriteString("type", exchange.Type);
        json.WriteBoolean("durable", true);
        json.WriteBoolean("auto_delete", false);
        json.WriteBoolean("internal", false);
        WriteArguments(json, exchange.Arguments);
    }

    private static void Write(Utf8JsonWriter json, QueuePlan queue, string virtualHost)
    {
        json.WriteString("name", queue.Name);
        json.WriteString("vhost", virtualHost);
        json.WriteBoolean("durable", true);
        json.WriteBoolean("auto_delete", false);
        WriteArguments(json, queue.Arguments);
    }

    private static void Write(Utf8JsonWriter json, BindingPlan binding, string virtualHost)
    {
        json.WriteString("source", binding.Source);
        json.WriteString("vhost", virtualHost);
        json.WriteString("destination", binding.Destination);
        json.WriteString("destination_type", binding.ToExchange ? "exchange" : "queue");
        json.WriteString("routing_key", binding.RoutingKey);
        WriteArguments(json, TopologyPlan.NoArguments);
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Sorted, so that the same plan is always the same file.
    private static void WriteArguments(Utf8JsonWriter json, IReadOnlyDictionary<string, object?> arguments)
    {
        json.WritePropertyName("arguments");
        JsonSerializer.Serialize(json, new SortedDictionary<string, object?>(arguments.ToDictionary(), StringComparer.Ordinal));
    }
}
