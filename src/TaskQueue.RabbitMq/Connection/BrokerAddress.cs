namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The broker's address as it may be shown: nodes, virtual host and user; never the password. Also says what is wrong with a URI
/// without quoting it, since a malformed one may hold the password anywhere.
/// </summary>
internal sealed record BrokerAddress(IReadOnlyList<NodeAddress> Nodes, string VirtualHost, string? User, bool Tls)
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    /// <summary>All nodes, each once, the URI's first. Options with a fault give a placeholder: the fault is reported at start, and nothing ever dials it.</summary>
    public static BrokerAddress Of(RabbitMqOptions options)
    {
        var first = Of(options.Uri);
        var others = options.ClusterNodes.Where(text => NodeAddress.FindFault(text) is null).Select(text => NodeAddress.Parse(text, first.Nodes[0].Port));
        return first with { Nodes = [.. first.Nodes.Concat(others).Distinct()], User = options.Tls.LoginByCertificate ? null : first.User };
    }

    /// <summary>Reads a URI; one with a fault gives a placeholder.</summary>
    public static BrokerAddress Of(Uri uri)
    {
        if (FindFault(uri) is not null)
        {
            return new BrokerAddress([new NodeAddress("(invalid address)", 0)], "/", "?", Tls: false);
        }

        var tls = uri.Scheme == "amqps";
        var path = uri.AbsolutePath.TrimStart('/');
        var user = uri.UserInfo.Split(':', 2)[0];
        return new BrokerAddress(
            [new NodeAddress(uri.Host.Length == 0 ? "localhost" : uri.Host, uri.Port > 0 ? uri.Port : tls ? TlsPort : PlainPort)],
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

    /// <summary>The same with one node only.</summary>
    public BrokerAddress At(NodeAddress node) => this with { Nodes = [node] };

    public override string ToString() =>
        $"{string.Join(", ", Nodes)}{(Tls ? " (TLS)" : "")}, virtual host '{VirtualHost}', {(User is null ? "user by certificate" : $"user '{User}'")}";
}
