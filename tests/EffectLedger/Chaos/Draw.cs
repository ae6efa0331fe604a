namespace TaskQueue.EffectLedger.Chaos;

/// <summary>One entry of a schedule.</summary>
/// <param name="Fault">What breaks.</param>
/// <param name="Pause">How long all is well before it.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Target">Which of the workers it strikes: any number, taken modulo how many there are.</param>
internal sealed record Draw(Fault Fault, TimeSpan Pause, TimeSpan Length, int Target);
