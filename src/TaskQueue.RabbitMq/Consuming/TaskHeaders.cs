using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>The framework's own headers of one message, read in one pass. A value of the wrong type or out of range is a fault of the message, not
/// of the worker.</summary>
internal struct TaskHeaders
{
    private const int MostEarlyRounds = 1000;
    private const long LongestUniqueWindow = 365L * 24 * 3600 * 1000;

    public long? Version { get; private set; }

    public int? Attempt { get; private set; }

    public DateTimeOffset? EnqueuedAt { get; private set; }

    public DateTimeOffset? DueAt { get; private set; }

    public DateTimeOffset? ExpiresAt { get; private set; }

    public DateTimeOffset? FirstFailedAt { get; private set; }

    public int? EarlyRounds { get; private set; }

    /// <summary>Whether it has been a dead letter, which somebody has moved back.</summary>
    public bool WasDead { get; private set; }

    public string? IdempotencyKey { get; private set; }

    /// <summary>The three of a unique task; it is none where one of them is missing.</summary>
    public string? UniqueKey { get; private set; }

    public TimeSpan? UniqueWindow { get; private set; }

    public long? UniquePosition { get; private set; }

    public string? TraceParent { get; private set; }

    public string? TraceState { get; private set; }

    public bool HasUserHeaders { get; private set; }

    /// <summary>Whether there is a <see cref="Suspects.CrashHistory"/> to read: not on the way of most tasks.</summary>
    public bool HasCrashes { get; private set; }

    /// <returns>The first fault, or null.</returns>
    public EnvelopeFault? Read(IDictionary<string, object?> headers)
    {
        // The client makes a Dictionary; its own enumerator spares an allocation for each task.
        if (headers is Dictionary<string, object?> dictionary)
        {
            foreach (var (name, value) in dictionary)
            {
                if (Read(name, value) is { } fault)
                {
                    return fault;
                }
            }

            return null;
        }

        foreach (var (name, value) in headers)
        {
            if (Read(name, value) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private EnvelopeFault? Read(string name, object? value)
    {
        switch (name)
        {
            case HeaderNames.WireVersion:
                Version = HeaderValue.AsNumber(value);
                return Version is null ? Fault(name, value, "an integer") : null;
            case HeaderNames.Attempt:
                Attempt = AsInt(value, 1, int.MaxValue - 1);
                return Attempt is null ? Fault(name, value, "an integer from 1") : null;
            case HeaderNames.EarlyRounds:
                EarlyRounds = AsInt(value, 0, MostEarlyRounds);
                return EarlyRounds is null ? Fault(name, value, $"an integer from 0 to {MostEarlyRounds}") : null;
            case HeaderNames.EnqueuedAt:
                EnqueuedAt = HeaderValue.AsTime(value);
                return FaultUnless(EnqueuedAt, name, value);
            case HeaderNames.DueAt:
                DueAt = HeaderValue.AsTime(value);
                return FaultUnless(DueAt, name, value);
            case HeaderNames.ExpiresAt:
                ExpiresAt = HeaderValue.AsTime(value);
                return FaultUnless(ExpiresAt, name, value);
            case HeaderNames.FirstFailedAt:
                FirstFailedAt = HeaderValue.AsTime(value);
                return FaultUnless(FirstFailedAt, name, value);
            case HeaderNames.IdempotencyKey:
                IdempotencyKey = HeaderValue.AsString(value);
                return string.IsNullOrEmpty(IdempotencyKey) ? Fault(name, value, "a text that is not empty") : null;
            case HeaderNames.UniqueKey:
                UniqueKey = HeaderValue.AsString(value);
                return string.IsNullOrEmpty(UniqueKey) ? Fault(name, value, "a text that is not empty") : null;
            case HeaderNames.UniqueWindow:
                UniqueWindow = HeaderValue.AsNumber(value) is > 0 and <= LongestUniqueWindow and var window ? TimeSpan.FromMilliseconds(window) : null;
                return UniqueWindow is null ? Fault(name, value, $"an integer, milliseconds from 1 to {LongestUniqueWindow}") : null;
            case HeaderNames.UniquePosition:
                UniquePosition = HeaderValue.AsNumber(value);
                return UniquePosition is null ? Fault(name, value, "an integer") : null;
            case HeaderNames.DeliveryCount:
                HasCrashes = true;
                return null;
            case HeaderNames.Crashes or HeaderNames.SuspectCrashes or HeaderNames.DroppedCounts:
                HasCrashes = true;
                return AsInt(value, 0, int.MaxValue) is null ? Fault(name, value, "an integer from 0") : null;
            case HeaderNames.SuspectSince:
                HasCrashes = true;
                return FaultUnless(HeaderValue.AsTime(value), name, value);
            case HeaderNames.DeadAt:
                WasDead = true;
                return null;
            case HeaderNames.TraceParent:
                TraceParent = HeaderValue.AsString(value);
                return null;
            case HeaderNames.TraceState:
                TraceState = HeaderValue.AsString(value);
                return null;
            default:
                HasUserHeaders |= !HeaderNames.IsReserved(name);
                return null;
        }
    }

    private static int? AsInt(object? value, int least, int most) =>
        HeaderValue.AsNumber(value) is { } number && number >= least && number <= most ? (int)number : null;

    private static EnvelopeFault? FaultUnless(DateTimeOffset? read, string name, object? value) =>
        read is null ? Fault(name, value, "an integer, milliseconds since 1970-01-01 UTC, until the year 9999") : null;

    private static EnvelopeFault Fault(string name, object? value, string expected) =>
        new(DeadLetterReasons.InvalidHeader, $"The header '{name}' is {HeaderValue.Describe(value)}; expected {expected}.");
}
