namespace TaskQueue.Ledger.Soak;

/// <summary>One entry of the schedule.</summary>
/// <param name="Fault">What breaks.</param>
/// <param name="Pause">How long all is well before it.</param>
/// <param name="Length">How long it lasts, where it lasts.</param>
/// <param name="Target">Which of the processes or nodes it strikes: any number, taken modulo how many there are.</param>
internal sealed record Strike(SoakFault Fault, TimeSpan Pause, TimeSpan Length, int Target)
{
    public override string ToString() => Fault.Lasts ? $"{Fault.Name} {Length.TotalSeconds:F0} s" : Fault.Name;
}
