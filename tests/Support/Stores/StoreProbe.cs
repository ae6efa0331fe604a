using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Tests.Support;

/// <summary>Whether a store's server serves: that it takes connections does not say so, since it does before its data is loaded.</summary>
internal static class StoreProbe
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>PONG, or a demand for the password.</summary>
    public static async Task<bool> RedisAnswersAsync(int port) => await AskAsync(port, "PING\r\n"u8.ToArray()).ConfigureAwait(false) is { } answer
        && (answer.StartsWith('+') || answer.StartsWith("-NOAUTH", StringComparison.Ordinal));

    /// <summary>The reply to a startup message of <c>postgres</c>: R goes on with the login, E says why there is none yet.</summary>
    public static async Task<bool> PostgreSqlAnswersAsync(int port) =>
        await AskAsync(port, "\0\0\0\u0029\0\u0003\0\0user\0postgres\0database\0postgres\0\0"u8.ToArray()).ConfigureAwait(false) is ['R', ..];

    private static async Task<string?> AskAsync(int port, byte[] question)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, deadline.Token).ConfigureAwait(false);
            await socket.SendAsync(question, deadline.Token).ConfigureAwait(false);
            var answer = new byte[64];
            var length = await socket.ReceiveAsync(answer, deadline.Token).ConfigureAwait(false);
            return System.Text.Encoding.Latin1.GetString(answer, 0, length);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
