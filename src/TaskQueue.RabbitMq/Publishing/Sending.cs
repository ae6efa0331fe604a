using System.Diagnostics;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>The next step of a publisher's sender: one message that has its number and is to be handed to the client; or a channel that has to be opened first; or nothing, and the next may be taken.</summary>
internal readonly record struct Sending(ConfirmChannel? Channel, OutgoingMessage Message, ulong Sequence, Activity? Span)
{
    /// <summary>Whether a channel has to be opened.</summary>
    public bool Opens { get; private init; }

    /// <summary>What for; null for all but the detours.</summary>
    public Detour? Detour { get; private init; }

    public static Sending ByOpening(Detour? detour) => default(Sending) with { Opens = true, Detour = detour };
}
