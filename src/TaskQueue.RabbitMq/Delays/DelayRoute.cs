namespace TaskQueue.RabbitMq.Delays;

/// <summary>Where a delayed message enters the delay line: the exchange of its highest non-zero digit, and the key that leads it down. Pure arithmetic.</summary>
/// <param name="Stage">0 to 9.</param>
/// <param name="RoutingKey">Ten digits, a word each, most significant first, then the address.</param>
internal readonly record struct DelayRoute(int Stage, string RoutingKey)
{
    /// <summary>The delay rounded up to 100 ms: exact, for schedules.</summary>
    public static DelayRoute Exact(TimeSpan delay, string address) => throw new NotImplementedException();

    /// <summary>The delay rounded up to two significant digits: fewer hops, for jittered retries.</summary>
    public static DelayRoute Rounded(TimeSpan delay, string address) => throw new NotImplementedException();
}
