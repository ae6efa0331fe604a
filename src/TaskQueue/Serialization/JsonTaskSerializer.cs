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
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: true) },
    };

    // A writer costs several hundred bytes; one that failed is not used again.
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public string ContentType => "application/json";

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull
    {
        // A converter of the user's may come back here while it writes: it then finds none, and makes its own.
        var writer = _writer ?? new Utf8JsonWriter(output);
        _writer = null;
        writer.Reset(output);
        JsonSerializer.Serialize(writer, task, Options);
        writer.Reset();
        _writer = writer;
    }

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull =>
        JsonSerializer.Deserialize<TTask>(body.Span, Options) ?? throw new JsonException("The body holds null instead of a task.");

    public string? FindFault(Type taskType) => ShapeWalk.FindFault(new JsonShapeRules(Options), taskType);
}
