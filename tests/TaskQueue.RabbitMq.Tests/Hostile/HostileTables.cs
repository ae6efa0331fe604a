using System.Text;

namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>
/// Random header tables of every AMQP field type, well-formed as a broker sees them, so that it passes them on: names of any bytes and length,
/// the framework's own names with values of any type, doubled and nearly equal names, thousands of entries, nesting of any depth, decimals of any scale.
/// </summary>
internal sealed class HostileTables(Random random)
{
    private const string Types = "StbBsuIilfdDTxVAF";

    private static readonly string[] OwnNames =
    [
        "tq-version", "tq-attempt", "tq-enqueued-at", "tq-due-at", "tq-expires-at", "tq-early-rounds", "tq-idempotency-key", "tq-unique-key", "tq-unique-window", "tq-unique-position", "tq-first-failed-at", "tq-last-error",
        "tq-crashes", "tq-suspect-since", "tq-dead-reason", "tq-dead-error-message", "tq-dead-error-stack", "tq-dead-at", "tq-dead-attempts", "tq-dead-enqueued-at", "tq-dead-queue", "tq-dead-crashes",
        "traceparent", "tracestate",
    ];

    private static readonly string[] BrokersNames =
        ["x-death", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-delivery-count", "x-acquired-count", "x-dotnet-pub-seq-no", "x-stream-offset", "x-opt-enqueued-time"];

    private static readonly long[] Numbers =
        [0, 1, -1, 2, 3, 20, 255, 999, 1_000, 1_001, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1_700_000_000, 1_700_000_000_000, 1_800_000_000_000, 4_000_000_000_000, 253_402_300_799_999, 253_402_300_800_000];

    /// <summary>The entries of a header table.</summary>
    public byte[] Next()
    {
        var entries = new List<byte>();
        for (var count = random.Next(250) == 0 ? random.Next(2_000) : random.Next(8); count > 0; count--)
        {
            var entry = Entry();
            for (var times = random.Next(30) == 0 ? 3 : 1; times > 0; times--)
            {
                entries.AddRange(entry);
            }
        }

        return [.. entries];
    }

    /// <summary>One of the framework's own headers, of a type that it may have and a value in range or not.</summary>
    public byte[] OwnNumber() => Wire.Entry(OwnNames[random.Next(OwnNames.Length)], random.Next(3) switch
    {
        0 => Wire.Int((int)Number()),
        1 => Wire.Long(Number()),
        _ => Wire.LongText(Number().ToString(System.Globalization.CultureInfo.InvariantCulture)),
    });

    private byte[] Entry() => random.Next(4) == 0 ? OwnNumber() : [.. Wire.Short(Name()), .. Value(depth: 0)];

    private byte[] Name()
    {
        switch (random.Next(6))
        {
            case 0:
                return Wire.Text(OwnNames[random.Next(OwnNames.Length)]);
            case 1:
                return Wire.Text(BrokersNames[random.Next(BrokersNames.Length)]);
            case 2:
                var own = OwnNames[random.Next(OwnNames.Length)];
                return Wire.Text(random.Next(4) switch { 0 => own.ToUpperInvariant(), 1 => own + " ", 2 => own + "\0", _ => "\u200b" + own });
            case 3:
                return Text(random.Next(256), wild: true);
            default:
                return Text(random.Next(1, 12), wild: false);
        }
    }

    private byte[] Value(int depth)
    {
        var type = (byte)Types[random.Next(Types.Length)];
        return type switch
        {
            (byte)'S' or (byte)'x' => [type, .. Wire.Sized(Text(random.Next(20) == 0 ? random.Next(5_000) : random.Next(40), wild: random.Next(2) == 0))],
            (byte)'t' or (byte)'b' or (byte)'B' => [type, .. Bytes(1)],
            (byte)'s' or (byte)'u' => [type, .. Bytes(2)],
            (byte)'I' or (byte)'i' => [type, .. Bytes(4)],
            (byte)'l' or (byte)'T' => [type, .. Wire.Number(Number())],
            // The broker refuses what is not finite: the exponent's bits must not all be set.
            (byte)'f' or (byte)'d' => [type, (byte)random.Next(0x7f), .. Bytes(type == 'f' ? 3 : 7)],
            (byte)'D' => [type, .. Bytes(5)],
            (byte)'V' => [type],
            _ => Container(type, depth),
        };
    }

    private byte[] Container(byte type, int depth)
    {
        if (random.Next(100) == 0)
        {
            return Wire.Nested(random.Next(1, 2_000), tables: type == 'F');
        }

        var items = new List<byte>();
        for (var count = depth > 4 ? 0 : random.Next(4); count > 0; count--)
        {
            items.AddRange(type == 'F' ? [.. Wire.Short(Name()), .. Value(depth + 1)] : Value(depth + 1));
        }

        return [type, .. Wire.Sized([.. items])];
    }

    private long Number() => random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : Numbers[random.Next(Numbers.Length)];

    /// <summary>Bytes of a text: plain, or with what terminals, logs and decoders stumble over, invalid UTF-8 included.</summary>
    public byte[] Text(int length, bool wild)
    {
        if (!wild)
        {
            var plain = new byte[length];
            for (var i = 0; i < length; i++)
            {
                plain[i] = (byte)random.Next(' ', '~');
            }

            return plain;
        }

        if (random.Next(2) == 0)
        {
            return Bytes(length);
        }

        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (length / 2) + 1).Select(_ => random.Next(6) switch
        {
            0 => "\r\n",
            1 => "\u001b[31m",
            2 => "\u202e",
            3 => "😀",
            4 => "\u0085",
            _ => "ü",
        })));
        return text.Length > length ? text[..length] : text;
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
