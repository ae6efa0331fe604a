namespace TaskQueue.Redis;

/// <summary>
/// The steps of the store of unique tasks, as Lua scripts over one key, a hash with these fields: <c>id</c> (the task that has the unique key), <c>state</c> (0 is being published, 1
/// waits, 2 has started), <c>place</c> (its place among all that asked), <c>first</c> (the place of the first task of this window), <c>last</c> (the last place that was given) and <c>was</c> (the task
/// whose place it took, if any). Places are microseconds of the server's clock since 1970, which Lua's floating point keeps exact until the year 2255. The hash expires with the hold or
/// the window.
/// </summary>
internal static class RedisUniqueScripts
{
    /// <summary>Arguments: task id, hold in milliseconds. Returns the number of the <see cref="UniqueState"/>, the place, and the other task.</summary>
    public const string Reserve = Prelude + """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        if not id then
          redis.call('HSET', KEYS[1], 'id', ARGV[1], 'state', '0', 'place', number(now), 'first', number(now), 'last', number(now))
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return {0, now, ''}
        end
        if id == ARGV[1] then
          extend()
          return {1, place, ''}
        end
        local next = math.max(last + 1, now)
        redis.call('HSET', KEYS[1], 'last', number(next))
        return {2 + state, next, id}
        """;

    /// <summary>Arguments: task id, window in milliseconds, place. Returns 1 where the task stands, and the one that it replaced; else 0, and the one that stands.</summary>
    public const string Confirm = Prelude + """
        if not id then
          redis.call('HSET', KEYS[1], 'id', ARGV[1], 'state', '1', 'place', ARGV[3], 'first', ARGV[3], 'last', ARGV[3])
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return {1, ''}
        end
        if id == ARGV[1] or replace() then
          if state < 1 then redis.call('HSET', KEYS[1], 'state', '1') end
          extend()
          return {1, was}
        end
        if mine < first then return {1, ''} end
        return {0, id}
        """;

    /// <summary>Argument: task id. Returns 1 where the task had the key, else 0.</summary>
    public const string Cancel = Prelude + """
        if id == ARGV[1] and state == 0 then return redis.call('DEL', KEYS[1]) end
        return 0
        """;

    /// <summary>Arguments: task id, window in milliseconds, place. Returns the number of the <see cref="UniqueStart"/>.</summary>
    public const string Start = Prelude + """
        if not id then return 0 end
        if id ~= ARGV[1] and not replace() then
          if mine < first then return 0 end
          return mine < place and 1 or 2
        end
        if state == 0 then extend() end
        if state < 2 then redis.call('HSET', KEYS[1], 'state', '2') end
        return 0
        """;

    private const string Prelude = """
        local known = redis.call('HMGET', KEYS[1], 'id', 'state', 'place', 'first', 'last', 'was')
        local id, state, place, first, last, was = known[1], tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0), tonumber(known[5] or 0), known[6] or ''
        local mine = tonumber(ARGV[3] or 0)
        local function number(value) return string.format('%.0f', value) end
        local function extend()
          if tonumber(ARGV[2]) > redis.call('PTTL', KEYS[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        end
        local function replace()
          if state == 2 or mine <= place then return false end
          redis.call('HSET', KEYS[1], 'id', ARGV[1], 'state', '0', 'place', ARGV[3], 'last', number(math.max(last, mine)), 'was', id)
          was, state = id, 0
          return true
        end

        """;
}
