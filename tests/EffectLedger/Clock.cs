namespace TaskQueue.EffectLedger;

/// <summary>The clock of the journals: the machine's, in microseconds since 1970, as the tokens of both stores are.</summary>
internal static class Clock
{
    public static long Now => (TimeProvider.System.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
