using System.Text.RegularExpressions;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>The broker closed the channel because of one request about an exchange, queue or binding.</summary>
/// <param name="Code">403, 404, 405 or 406.</param>
/// <param name="Text">The broker's words.</param>
/// <param name="Cause">The client's error.</param>
internal sealed record Refusal(ushort Code, string Text, Exception? Cause = null)
{
    public bool IsForbidden => Code == 403;

    /// <summary>Whether it does not exist.</summary>
    public bool IsMissing => Code == 404 && !IsPassing;

    /// <summary>Whether a queue exists, but cannot be reached now: its node is down, or it is being declared by another connection at this moment
    /// (rabbit_amqqueue.erl, <c>absent</c>, the same in 4.0 to 4.3).</summary>
    public bool IsPassing => Code == 404 && Text.Contains("is down or inaccessible", StringComparison.Ordinal);

    /// <summary>Whether it is this queue that does not exist, and not the exchange.</summary>
    public bool MissesQueue(string name) => IsMissing && Text.Contains($"no queue '{name}'", StringComparison.Ordinal);

    /// <summary>Null for what is no answer to the request, but the end of the connection.</summary>
    public static Refusal? From(OperationInterruptedException exception) =>
        exception.ShutdownReason is { ReplyCode: 403 or 404 or 405 or 406 } reason ? new Refusal(reason.ReplyCode, reason.ReplyText, exception) : null;
}

/// <summary>What a 406 says in words only: which argument differs, and how.</summary>
/// <param name="Argument">Such as <c>x-delivery-limit</c>, <c>durable</c>, <c>type</c>.</param>
/// <param name="Wanted">The value that was declared, or <c>none</c>.</param>
/// <param name="Actual">The value that the entity has, or <c>none</c>.</param>
internal sealed partial record ArgumentMismatch(string Argument, string Wanted, string Actual)
{
    /// <summary>Reads the broker's text (rabbit_misc.erl, <c>assert_args_equivalence</c>, the same in 4.0 to 4.3); null for another kind of refusal.</summary>
    public static ArgumentMismatch? Parse(string text) =>
        Pattern().Match(text) is { Success: true } match
            ? new ArgumentMismatch(match.Groups["argument"].Value, ValueOf(match.Groups["wanted"].Value), ValueOf(match.Groups["actual"].Value))
            : null;

    // received '1000' but current is '20' | received none but current is the value '20' of type 'long'
    [GeneratedRegex(
        "inequivalent arg '(?<argument>[^']+)' for (queue|exchange) .*: received (?<wanted>.+) but current is (?<actual>.+)$",
        RegexOptions.Singleline)]
    private static partial Regex Pattern();

    [GeneratedRegex("^(the value )?'(?<value>.*?)'( of type '\\w+')?$", RegexOptions.Singleline)]
    private static partial Regex Value();

    private static string ValueOf(string text) => Value().Match(text) is { Success: true } match ? match.Groups["value"].Value : text;
}
