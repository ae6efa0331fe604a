using System.Runtime.InteropServices;

namespace TaskQueue.Ledger;

/// <summary>Signals to processes, as an orchestrator and an operator send them. Unix only.</summary>
internal static class Signals
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    public static void Kill(int process) => _ = Send(process, SigKill);

    public static void Terminate(int process) => _ = Send(process, SigTerm);

    public static void Stop(int process) => _ = Send(process, SigStop);

    public static void Continue(int process) => _ = Send(process, SigCont);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
