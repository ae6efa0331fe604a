using System.Text;

namespace TaskQueue.Pipeline;

/// <summary>
/// How large an envelope will be as the properties and headers of a message (AMQP 0-9-1, 4.2.6.1; docs/topology.md, wire format), to the byte, where no broker's client is there to
/// measure it: what is kept to be sent later is held to the same limit as what is sent. For envelopes of a first publication, before a unique mark.
/// </summary>
internal static class EnvelopeSize
{
    private const int Flags = 2;
    private const int DeliveryModeAndPriority = 2;
    private const int Number = 8;
    private const int LengthOfTable = 4;
    private const int TypeOfValue = 1;
    private const int LengthOfText = 4;

    public static long Of(TaskEnvelope envelope) => Flags
        + Property(envelope.ContentType)
        + LengthOfTable + Headers(envelope)
        + DeliveryModeAndPriority
        + Property(envelope.CorrelationId)
        + Property(envelope.TaskId)
        + (envelope.EnqueuedAt is null ? 0 : Number)
        + Property(envelope.TaskType)
        + Property(envelope.AppId);

    private static long Headers(TaskEnvelope envelope)
    {
        var size = Header(HeaderNames.EnqueuedAt, envelope.EnqueuedAt)
            + Header(HeaderNames.DueAt, envelope.DueAt)
            + Header(HeaderNames.ExpiresAt, envelope.ExpiresAt)
            + Header(HeaderNames.IdempotencyKey, envelope.IdempotencyKey)
            + Header(HeaderNames.TraceParent, envelope.TraceParent)
            + Header(HeaderNames.TraceState, envelope.TraceState);
        foreach (var (name, value) in envelope.Headers)
        {
            size += Header(name, value);
        }

        return size;
    }

    private static long Property(string? value) => value is null ? 0 : ShortText(value);

    private static long Header(string name, DateTimeOffset? value) => value is null ? 0 : ShortText(name) + TypeOfValue + Number;

    private static long Header(string name, string? value) => value is null ? 0 : ShortText(name) + TypeOfValue + LengthOfText + Encoding.UTF8.GetByteCount(value);

    private static long ShortText(string value) => 1 + Encoding.UTF8.GetByteCount(value);
}
