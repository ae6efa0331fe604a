using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TaskQueue.Serialization;

/// <summary>JSON bodies by System.Text.Json: exact property names, read without regard to case; enums by name, read as numbers too.</summary>
internal sealed class JsonTaskSerializer : ITaskSerializer
{
    private static readonly JsonSerializerOptions Options = new()
    {
        // Without it the options know no type before their first use, and the check at start is that.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNameCaseInsensitive = true,
        MaxDepth = 64,
        IncludeFields = true,
        RespectNullableAnnotations = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: true) },
    };

    public string ContentType => "application/json";

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull
    {
        using var writer = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(writer, task, Options);
    }

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull =>
        JsonSerializer.Deserialize<TTask>(body.Span, Options) ?? throw new JsonException("The body holds null instead of a task.");

    public string? FindFault(Type taskType) => ShapeWalk.FindFault(new JsonShapeRules(Options), taskType);
}
