using TaskQueue.PostgreSql.Outbox;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>What the database tells of relays and their bell. A relay is named by its connection's application.</summary>
internal sealed class BellWatch(TestDatabase database)
{
    private const int Looks = 5;

    /// <summary>Waits until this relay sleeps, so that commits ring.</summary>
    public Task WaitForAsync(string relay) => Eventually.EqualAsync(relay, OwnerAsync, "the relay that has the bell");

    public async Task<string?> OwnerAsync() =>
        (await database.ReadAsync<string>(
            """
            SELECT coalesce(max(a.application_name), '') FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted AND a.datname = current_database()
            """)) is { Length: > 0 } name ? name : null;

    /// <summary>Waits until this relay has looked again and again, as one that does not sleep.</summary>
    public async Task WaitForLooksAsync(string relay)
    {
        var last = "";
        for (var looks = 0; looks < Looks; looks++)
            last = await Eventually.NotNullAsync(async () => await LastStatementAsync(relay) is var statement && statement != last ? statement : null, "another statement of the relay");
    }

    /// <summary>Waits until this relay has done nothing for longer than it leaves between two looks, whoever has the bell.</summary>
    public Task WaitForSleepAsync(string relay) => Eventually.TrueAsync(
        () => database.ReadAsync<bool>(
            $"""
            SELECT count(*) > 0 FROM pg_stat_activity
            WHERE application_name = '{relay}' AND state = 'idle' AND query LIKE '%ROLLBACK%' AND clock_timestamp() - state_change > '{4 * new RelayTimes().LongestLook.TotalMilliseconds} ms'
            """),
        "the relay to sleep");

    private Task<string> LastStatementAsync(string relay) =>
        database.ReadAsync<string>($"SELECT coalesce(string_agg(query_start::text, ' ' ORDER BY pid), '') FROM pg_stat_activity WHERE application_name = '{relay}'");
}
