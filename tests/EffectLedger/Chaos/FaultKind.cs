namespace TaskQueue.EffectLedger.Chaos;

/// <summary>What breaks.</summary>
internal enum FaultKind
{
    WorkerKilled,
    WorkerPaused,
    StoreKilled,
    StorePaused,
    BrokerKilled,
    BrokerRestarted,
    BrokerPaused,

    /// <summary>Nobody's doing: the machine is busy, and gave a worker no processor, or its renewal no answer.</summary>
    MachineStalled,
}
