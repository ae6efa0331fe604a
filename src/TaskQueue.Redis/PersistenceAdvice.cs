using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// Says once, in one line, when a server forgets what it was told to keep: because it evicts keys, or because it writes nothing down. Asks with INFO, and says nothing where that
/// is not permitted.
/// </summary>
internal sealed class PersistenceAdvice(IConnectionMultiplexer multiplexer, ILogger logger)
{
    private int _given;

    /// <summary>Asks now, or as soon as the server can be reached.</summary>
    public static void Give(IConnectionMultiplexer multiplexer, ILogger logger)
    {
        var advice = new PersistenceAdvice(multiplexer, logger);
        multiplexer.ConnectionRestored += advice.OnConnected;
        _ = advice.GiveOnceAsync();
    }

    private void OnConnected(object? sender, ConnectionFailedEventArgs connection) => _ = GiveOnceAsync();

    private async Task GiveOnceAsync()
    {
        if (!multiplexer.IsConnected || Interlocked.Exchange(ref _given, 1) == 1)
        {
            return;
        }

        multiplexer.ConnectionRestored -= OnConnected;
        foreach (var server in multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            try
            {
                if (await OnAsync(server).ConfigureAwait(false) is { } advice)
                {
                    Log.ForgetsEffects(logger, server.EndPoint.ToString()!, advice);
                }
            }
            catch (Exception exception)
            {
                // A user or an application's connection without the permission, or a proxy that knows no INFO. What really fails, the tasks tell.
                Log.PersistenceUnknown(logger, exception, server.EndPoint.ToString()!);
            }
        }
    }

    /// <summary>What is to be changed on a server, or null.</summary>
    internal static async Task<string?> OnAsync(IServer server)
    {
        var facts = (await server.InfoAsync().ConfigureAwait(false)).SelectMany(section => section).ToDictionary(fact => fact.Key, fact => fact.Value, StringComparer.Ordinal);
        var policy = facts.GetValueOrDefault("maxmemory_policy");
        // Without a limit nothing is evicted, whatever the policy.
        var eviction = policy is null or "noeviction" || facts.GetValueOrDefault("maxmemory") is null or "0"
            ? null
            : $"it evicts keys when its memory is full (maxmemory-policy '{policy}'): set it to 'noeviction', or use a Redis for the tasks alone";
        var forgetting = facts.GetValueOrDefault("aof_enabled") == "0" ? "it writes nothing down between snapshots (appendonly 'no'): set it to 'yes'" : null;
        return eviction is not null && forgetting is not null ? $"{eviction}; and {forgetting}" : eviction ?? forgetting;
    }
}
