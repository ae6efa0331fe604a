namespace TaskQueue.RabbitMq.Connection;

/// <summary>What to make of the broker closing a channel or a connection: the one place where AMQP reply codes are judged.</summary>
internal enum BrokerVerdict
{
    /// <summary>Nobody's fault, or a passing one: reconnect or open another channel, and try again.</summary>
    Retry,

    /// <summary>This very request can never succeed (too large, a property or an argument that the broker does not take).</summary>
    Rejected,

    /// <summary>The exchange or queue does not exist.</summary>
    NotFound,

    /// <summary>The user lacks the permission for this exchange or queue; of a login: wrong user or password.</summary>
    AccessRefused,

    /// <summary>The virtual host does not exist, or the user may not use it.</summary>
    NotAllowed,
}

/// <summary>The table (AMQP 0-9-1, 1.1, "Constants", and RabbitMQ's use of them).</summary>
internal static class BrokerVerdicts
{
    public static BrokerVerdict Of(ushort replyCode, string? replyText) => replyCode switch
    {
        311 => BrokerVerdict.Rejected, // CONTENT_TOO_LARGE
        402 => BrokerVerdict.NotAllowed, // INVALID_PATH
        403 => BrokerVerdict.AccessRefused, // ACCESS_REFUSED
        404 => BrokerVerdict.NotFound, // NOT_FOUND
        406 => BrokerVerdict.Rejected, // PRECONDITION_FAILED: over max_message_size, a user id that is not the login, other arguments
        501 or 502 or 505 => BrokerVerdict.Rejected, // FRAME_ERROR, SYNTAX_ERROR, UNEXPECTED_FRAME: what was sent cannot be read
        530 => OfNotAllowed(replyText),
        540 => BrokerVerdict.Rejected, // NOT_IMPLEMENTED
        _ => BrokerVerdict.Retry, // 320 forced, 405 locked, 504 channel, 506 resource, 541 internal, 0 socket lost …
    };

    // A connection limit of the user or virtual host has the same code as a missing permission, but it passes.
    private static BrokerVerdict OfNotAllowed(string? replyText) =>
        replyText?.Contains("limit", StringComparison.OrdinalIgnoreCase) == true && replyText.Contains("is reached", StringComparison.OrdinalIgnoreCase)
            ? BrokerVerdict.Retry
            : BrokerVerdict.NotAllowed;
}
