namespace TaskQueue.Redis;

/// <summary>
/// The steps of the store, as Lua scripts over one key, whose value is <c>state token until owner</c>, where the state is r (running), d (done) or f (free: released). Both
/// numbers are microseconds of the server's clock since 1970, which Lua's floating point keeps exact until the year 2255.
/// <para>A key outlives its lease or release, so that the next attempt knows the token before its own also when the server's clock was set back; and no key goes before
/// the clock has passed its token. From then on the clock alone makes the next token greater.</para>
/// </summary>
internal static class RedisScripts
{
    /// <summary>How long a token is remembered beyond the lease, or the release.</summary>
    public static readonly TimeSpan TokenMemory = TimeSpan.FromHours(1);

    /// <summary>Arguments: lease, token memory, owner. Returns the token where the key was taken, 0 where it is done, and what is left of the lease, negated, where it runs.</summary>
    public const string Claim = Prelude + """
        local till = tonumber(till)
        if state == 'd' and till > now then return 0 end
        if state == 'r' and till > now then return now - till end
        local mine = now
        if state and token + 1 > now then mine = token + 1 end
        return keep('r', mine, now + ARGV[1], ARGV[2], ARGV[3], mine)
        """;

    /// <summary>Arguments: lease, token memory, token. Returns 1, or 0 where the key is no longer the token's.</summary>
    public const string Renew = Prelude + OnlyHolder + "return keep('r', token, now + ARGV[1], ARGV[2], owner, 1)";

    /// <summary>Arguments: retention, 0, token. Returns 1, also where the token has done it before, or 0 where the key is no longer the token's. The owner is not kept: a value of up to 44 bytes is one piece of memory with its key.</summary>
    public const string Complete = Prelude + """
        if state == 'f' or token ~= ARGV[3] or tonumber(till) <= now then return 0 end
        return keep('d', token, now + ARGV[1], ARGV[2], '', 1)
        """;

    /// <summary>Arguments: 0, token memory, token. Returns 1, or 0 where the key was no longer the token's.</summary>
    public const string Release = Prelude + OnlyHolder + "return keep('f', token, now + ARGV[1], ARGV[2], '', 1)";

    private const string Prelude = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local value = redis.call('GET', KEYS[1])
        local state, token, till, owner
        if value then
          state, token, till, owner = string.match(value, '^([rdf]) (%d+) (%d+) ?(.*)$')
          if not state then return redis.error_reply('TASKQUEUE the key holds something that is not of this store: ' .. KEYS[1]) end
        end
        local function keep(state, token, till, memory, owner, reply)
          local expiry = math.ceil((math.max(token, till) - now + memory) / 1000)
          redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', state, token, till) .. (owner == '' and '' or ' ' .. owner), 'PX', string.format('%.0f', expiry))
          return reply
        end

        """;

    private const string OnlyHolder = """
        if state ~= 'r' or token ~= ARGV[3] or tonumber(till) <= now then return 0 end

        """;
}
