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
}
