using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.Middleware;

/// <summary>Reads the body with the serializer that its content type names. What cannot be read is a dead letter at once: another attempt
/// would read the same bytes.</summary>
internal sealed class DeserializeMiddleware(HandlerInvoker handler, ITaskSerializer own) : IConsumeMiddleware
{
    private const int MostShown = 60;

    // A task type may change its serializer while old messages are queued, so every worker reads the two that come with the framework.
    private readonly ITaskSerializer[] _serializers = [own, TaskSerializers.MessagePack, TaskSerializers.Json];

    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        if (Find(context.Envelope.ContentType) is not { } serializer)
        {
            return new(new TaskOutcome.DeadLettered(DeadLetterReasons.UnknownContentType, Unknown(context.Envelope.ContentType)));
        }

        try
        {
            context.Payload = handler.Deserialize(serializer, context.Body);
        }
        catch (Exception error)
        {
            return new(new TaskOutcome.DeadLettered(DeadLetterReasons.UndecodableBody, error));
        }

        return next(context, cancellationToken);
    }

    private InvalidDataException Unknown(string contentType) =>
        new($"The content type is '{PlainText.Line(contentType, MostShown)}'; this worker reads {string.Join(", ", _serializers.Select(known => $"'{known.ContentType}'").Distinct())}.");

    private ITaskSerializer? Find(string contentType)
    {
        // Parameters ("; charset=utf-8") say nothing that the formats leave open.
        var name = contentType.AsSpan();
        var end = name.IndexOf(';');
        name = (end < 0 ? name : name[..end]).Trim();
        foreach (var serializer in _serializers)
        {
            if (name.Equals(serializer.ContentType, StringComparison.OrdinalIgnoreCase))
            {
                return serializer;
            }
        }

        return null;
    }
}
