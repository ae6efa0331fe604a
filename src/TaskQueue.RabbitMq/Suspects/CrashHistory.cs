using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// How often those who held a task were lost before they settled it, as its headers tell (docs/topology.md, wire format). The broker counts within one
/// queue; copies begin at zero there, so they carry the sum of before along. RabbitMQ 4.0 to 4.2 count give-backs too.
/// </summary>
/// <param name="Before">In queues before this one: <c>tq-crashes</c>.</param>
/// <param name="Here">In this queue: the broker's <c>x-delivery-count</c>.</param>
/// <param name="AsSuspect">Those of before that it had as a suspect: <c>tq-suspect-crashes</c>.</param>
/// <param name="SuspectSince">When it became a suspect, or was last put off as one: <c>tq-suspect-since</c>.</param>
internal readonly record struct CrashHistory(int Before, int Here, int AsSuspect, DateTimeOffset? SuspectSince)
{
    /// <summary>How often the broker's count was dropped, since give-backs had got into it: <c>tq-dropped-counts</c>.</summary>
    public int Drops { get; init; }

    public int Total => (int)Math.Min((long)Before + Here, int.MaxValue);

    /// <summary>Reads what <see cref="TaskHeaders"/> has found to be there, and to be valid as far as it is ours; the broker's count counts as none
    /// where it is no number, since anybody may have written it.</summary>
    public static CrashHistory Of(IDictionary<string, object?>? headers) => headers is null ? default : new(
        Number(headers, HeaderNames.Crashes),
        Number(headers, HeaderNames.DeliveryCount),
        Number(headers, HeaderNames.SuspectCrashes),
        headers.TryGetValue(HeaderNames.SuspectSince, out var since) ? HeaderValue.AsTime(since) : null)
    {
        Drops = Number(headers, HeaderNames.DroppedCounts),
    };

    private static int Number(IDictionary<string, object?> headers, string name) =>
        headers.TryGetValue(name, out var value) && HeaderValue.AsNumber(value) is { } number ? (int)Math.Clamp(number, 0, int.MaxValue) : 0;
}
