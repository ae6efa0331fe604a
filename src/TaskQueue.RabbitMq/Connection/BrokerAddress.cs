namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The broker's address as it may be shown: host, port, virtual host and user; never the password. Also says what is wrong with a URI
/// without quoting it, since a malformed one may hold the password anywhere.
/// </summary>
internal sealed record BrokerAddress(string Host, int Port, string VirtualHost, string User, bool Tls)
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    /// <summary>Reads a URI. One with a fault gives a placeholder: the fault is reported at start, and nothing ever dials it.</summary>
    public static BrokerAddress Of(Uri uri)
    {
        if (FindFault(uri) is not null)
        {
            return new BrokerAddress("(invalid address)", 0, "/", "?", Tls: false);
        }

        var tls = uri.Scheme == "amqps";
        var path = uri.AbsolutePath.TrimStart('/');
        var user = uri.UserInfo.Split(':', 2)[0];
        return new BrokerAddress(
            uri.Host.Length == 0 ? "localhost" : uri.Host,
            uri.Port > 0 ? uri.Port : tls ? TlsPort : PlainPort,
            path.Length == 0 ? "/" : Uri.UnescapeDataString(path),
            user.Length == 0 ? "guest" : Uri.UnescapeDataString(user),
            tls);
    }

    /// <summary>What is wrong with a URI, in a few words, or null.</summary>
    public static string? FindFault(Uri uri)
    {
        if (!uri.IsAbsoluteUri || (uri.Scheme != "amqp" && uri.Scheme != "amqps"))
        {
            return "it does not start with 'amqp://' or 'amqps://'";
        }

        if (uri.AbsolutePath.TrimStart('/').Contains('/', StringComparison.Ordinal))
        {
            return "its path has more than one part; write '/' inside a virtual host's name as '%2F'";
        }

        return uri.Query.Length > 0 || uri.Fragment.Length > 0 ? "it has a query or a fragment ('?', '#'); write these characters in a password as '%3F' and '%23'" : null;
    }

    /// <summary>What may be shown of an address that cannot be read: what follows the last '@', where no password is.</summary>
    public static string Redact(string text)
    {
        var at = text.LastIndexOf('@');
        return at >= 0 ? $"…{text[at..]}" : "(not shown: it may hold a password)";
    }

    public override string ToString() => $"{Host}:{Port}{(Tls ? " (TLS)" : "")}, virtual host '{VirtualHost}', user '{User}'";
}
