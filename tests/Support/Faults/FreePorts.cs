using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Tests.Support;

/// <summary>
/// Ports for servers that are stopped and started again at the same address. They lie below those that systems hand out to clients (Linux
/// from 32768, macOS and Windows from 49152): one of these could be taken while the server is away.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 29_999;
    private static int _next = First + (Environment.ProcessId * 37 % (Last - First));

    /// <summary>One that is free now and was not handed out before.</summary>
    public static int Take()
    {
        for (var tries = 0; tries <= Last - First; tries++)
        {
            var port = First + (Interlocked.Increment(ref _next) % (Last - First + 1));
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"No port is free between {First} and {Last}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Any, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
