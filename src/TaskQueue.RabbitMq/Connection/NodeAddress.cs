namespace TaskQueue.RabbitMq.Connection;

/// <summary>Where one node of the cluster, or the only one, listens.</summary>
/// <param name="Host">Name or address; an IPv6 address in brackets.</param>
/// <param name="Port">Where it listens.</param>
internal sealed record NodeAddress(string Host, int Port)
{
    /// <summary>The host without the brackets of an IPv6 address, as sockets and certificates know it.</summary>
    public string DialledHost => Host.Trim('[', ']');

    /// <summary>What is wrong with "host" or "host:port", in a few words, or null. Never quotes it: somebody may have given a whole address, with its password.</summary>
    public static string? FindFault(string text) => ToUri(text) switch
    {
        null => "it is not 'host' or 'host:port'",
        { UserInfo.Length: > 0 } => "it has a user; user, password and virtual host stand in 'Uri' alone",
        _ => null,
    };

    /// <param name="text">"host" or "host:port", without a fault.</param>
    /// <param name="port">The port where it names none.</param>
    public static NodeAddress Parse(string text, int port)
    {
        var uri = ToUri(text) ?? throw new ArgumentException("This is no node.", nameof(text));
        return new NodeAddress(uri.Host, uri.Port > 0 ? uri.Port : port);
    }

    public override string ToString() => $"{Host}:{Port}";

    private static Uri? ToUri(string? text) =>
        !string.IsNullOrWhiteSpace(text) && Uri.TryCreate($"amqp://{text}", UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.PathAndQuery is "/" or "" && uri.Fragment.Length == 0
            ? uri
            : null;
}
