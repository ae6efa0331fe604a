using System.Diagnostics;

namespace TaskQueue.ChargeWorker;

/// <summary>Kills this process, as <c>kill -9</c> does, when its work reaches a step.</summary>
/// <param name="step">The step, or null for a worker that stays alive.</param>
public sealed class Death(DeathStep? step)
{
    public void At(DeathStep reached)
    {
        if (reached == step)
        {
            Process.GetCurrentProcess().Kill();

            // The signal may take a moment, in which nothing may happen.
            new ManualResetEvent(initialState: false).WaitOne();
        }
    }
}
