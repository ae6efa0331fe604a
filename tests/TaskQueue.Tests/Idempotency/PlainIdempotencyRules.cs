namespace TaskQueue.Tests.Idempotency;

/// <summary>The rules of an idempotency store that remembers so many done effects, written down as plainly as can be.</summary>
internal sealed class PlainIdempotencyRules(TimeProvider time, int capacity)
{
    private readonly Dictionary<string, Held> _running = [];

    // The last of each key counts.
    private readonly List<(string Name, Held Effect)> _done = [];

    /// <summary>That of the key's last attempt, be its time over or not.</summary>
    public long TokenOf(string name) => _running.TryGetValue(name, out var held) ? held.Token : _done.FindLast(done => done.Name == name).Effect?.Token ?? 0;

    public IdempotencyState Claim(string name, long token, TimeSpan lease)
    {
        if (Done(name) is not null)
        {
            return IdempotencyState.Done;
        }

        if (IsRunning(name))
        {
            return IdempotencyState.Running;
        }

        _running[name] = Until(token, lease);
        return IdempotencyState.Taken;
    }

    public bool Renew(string name, long token, TimeSpan lease)
    {
        if (!IsRunning(name) || _running[name].Token != token)
        {
            return false;
        }

        _running[name] = Until(token, lease);
        return true;
    }

    public bool Release(string name, long token) => IsRunning(name) && _running[name].Token == token && _running.Remove(name);

    public bool Complete(string name, long token, TimeSpan retention)
    {
        if (Release(name, token))
        {
            _done.Add((name, Until(token, retention)));
            _done.RemoveRange(0, Math.Max(0, _done.Count - capacity));
            return true;
        }

        if (Done(name)?.Token != token)
        {
            return false;
        }

        _done[_done.FindLastIndex(done => done.Name == name)] = (name, Until(token, retention));
        return true;
    }

    private bool IsRunning(string name) => _running.TryGetValue(name, out var held) && held.Until > time.GetUtcNow();

    private Held? Done(string name) => _done.FindLast(done => done.Name == name).Effect is { } effect && effect.Until > time.GetUtcNow() ? effect : null;

    private Held Until(long token, TimeSpan left) => new(token, time.GetUtcNow() + left);

    private sealed record Held(long Token, DateTimeOffset Until);
}
