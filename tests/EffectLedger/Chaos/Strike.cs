namespace TaskQueue.EffectLedger.Chaos;

/// <summary>A fault that has happened.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Target">The worker, such as <c>worker-0</c>; else the server.</param>
/// <param name="From">No later than its beginning, microseconds since 1970.</param>
/// <param name="To">No sooner than its end: the process runs again, the server answers.</param>
internal sealed record Strike(FaultKind Kind, string Target, long From, long To);
