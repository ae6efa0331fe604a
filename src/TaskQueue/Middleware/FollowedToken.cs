namespace TaskQueue.Middleware;

/// <summary>
/// The token under which attempts run, and word of its cancellation. Kept from one attempt to the next, whose token mostly is the same: to register with it for each costs
/// more than all else about an attempt's own token. So word may come when no attempt runs, and an attempt that begins must look itself whether its token is cancelled already.
/// One attempt at a time.
/// </summary>
/// <param name="onCancelled">Called on the thread that cancels: it may neither throw nor take long.</param>
internal sealed class FollowedToken(Action onCancelled) : IDisposable
{
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    /// <summary>Follows this one, and no other any more. Waits for word of the other one that is coming just now, so not under a lock that its receiver takes.</summary>
    /// <param name="isReset">Whether the token's source is reset from attempt to attempt, and forgets with it who has registered.</param>
    /// <param name="token">The attempt's token.</param>
    public void Follow(bool isReset, CancellationToken token)
    {
        if (token == _token && !isReset)
        {
            return;
        }

        _registration.Dispose();
        _token = token;
        _registration = token.UnsafeRegister(static receiver => ((Action)receiver!)(), onCancelled);
    }

    public void Dispose() => _registration.Dispose();
}
