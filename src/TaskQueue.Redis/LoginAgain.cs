using System.Net;
using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// Logs in again where Redis says that a call is not permitted. A refused login breaks no connection where anybody may come in without one: the client stays there as the default user, also
/// after the login has been mended. AUTH changes the user of the connection that is there, so that calls on their way are not lost. One at a time, and only after such an answer.
/// </summary>
internal sealed class LoginAgain(IConnectionMultiplexer multiplexer, object[] credentials, OutageReport report)
{
    private int _isAsking;
    private bool _isRefused;

    /// <summary>From now on, where this configuration has a login.</summary>
    public static void On(IConnectionMultiplexer multiplexer, ConfigurationOptions configuration, OutageReport report)
    {
        // As the client does: a user may have no password.
        object[] credentials = string.IsNullOrEmpty(configuration.User) ? [configuration.Password ?? ""] : [configuration.User, configuration.Password ?? ""];
        if (credentials is not [""])
        {
            var login = new LoginAgain(multiplexer, credentials, report);
            multiplexer.ErrorMessage += (_, error) => login.OnError(error);
        }
    }

    private void OnError(RedisErrorEventArgs error)
    {
        if (IsNotPermitted(error.Message) && Interlocked.Exchange(ref _isAsking, 1) == 0)
        {
            _ = AskAsync(error.EndPoint);
        }
    }

    // The others are of scripts that may be run, but not all that they call: Redis 7.0's words, and later ones'.
    private static bool IsNotPermitted(string message) =>
        message.StartsWith("NOPERM", StringComparison.Ordinal)
        || message.StartsWith("ERR The user executing the script can't", StringComparison.Ordinal)
        || message.StartsWith("ERR ACL failure in script", StringComparison.Ordinal);

    private async Task AskAsync(EndPoint endpoint)
    {
        try
        {
            await multiplexer.GetServer(endpoint).ExecuteAsync("AUTH", credentials).ConfigureAwait(false);
            // Else the login was right all the time, and a permission is missing.
            if (_isRefused)
            {
                _isRefused = false;
                report.OnRestored();
            }
        }
        catch (RedisServerException refusal)
        {
            _isRefused = true;
            report.Tell(endpoint.ToString(), refusal.Message);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // The connection is gone: the next one logs in by itself, and its end was told.
        }
        finally
        {
            Volatile.Write(ref _isAsking, 0);
        }
    }
}
