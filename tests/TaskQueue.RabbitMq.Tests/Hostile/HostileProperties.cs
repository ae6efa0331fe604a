namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>
/// Random AMQP properties: a valid task's, of which a few are left out, exchanged or filled with anything; priorities and delivery modes of any
/// number, timestamps beyond every calendar. Those on which the broker itself acts (expiration, user id) only where no broker is.
/// </summary>
internal sealed class HostileProperties(Random random, HostileTables tables, bool forBroker)
{
    private const int TextLimit = 255;

    /// <summary>Flags and fields, as they follow in a content header.</summary>
    /// <param name="taskType">A task type that the worker knows.</param>
    /// <param name="contentType">What the body is said to be.</param>
    /// <param name="headers">The entries of the header table; null for none.</param>
    public byte[] Next(string taskType, string contentType, byte[]? headers)
    {
        var fields = new byte[]?[14];
        fields[0] = Maybe(Wire.Text(contentType), AnyContentType);
        fields[3] = [2];
        fields[8] = Maybe(Wire.Text(new Guid(tables.Bytes(16)).ToString()), AnyText);
        fields[10] = Maybe(Wire.Text(taskType), AnyTaskType);
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            Change(fields);
        }

        fields[2] = headers is null ? null : Wire.Sized(headers);
        return Encode(fields);
    }

    private void Change(byte[]?[] fields)
    {
        // In the order of the protocol: 0 content type, 1 encoding, 2 headers, 3 delivery mode, 4 priority, 5 correlation id, 6 reply to, 7 expiration,
        // 8 message id, 9 timestamp, 10 type, 11 user id, 12 app id, 13 cluster id.
        var field = random.Next(14);
        fields[field] = field switch
        {
            2 => fields[2],
            7 or 11 when forBroker => null,
            3 or 4 => tables.Bytes(1),
            9 => tables.Bytes(8),
            _ => AnyText(),
        };
    }

    private byte[]? Maybe(byte[] right, Func<byte[]> wrong) => random.Next(12) switch
    {
        0 => null,
        1 or 2 => wrong(),
        _ => right,
    };

    private byte[] AnyText() => tables.Text(random.Next(TextLimit + 1), wild: random.Next(2) == 0);

    private byte[] AnyTaskType() => Wire.Text(random.Next(4) switch
    {
        0 => "Parcel",
        1 => "parcel ",
        2 => "tq.dead",
        _ => "\r\nparcel\u001b[2J",
    });

    private byte[] AnyContentType() => random.Next(3) == 0 ? AnyText() : Wire.Text(random.Next(5) switch
    {
        0 => "application/json; charset=utf-16",
        1 => "APPLICATION/JSON",
        2 => ";",
        3 => "application/x-java-serialized-object",
        _ => "application/x-msgpack\u0000",
    });

    private static byte[] Encode(byte[]?[] fields)
    {
        var flags = 0;
        var encoded = new List<byte>();
        for (var field = 0; field < fields.Length; field++)
        {
            if (fields[field] is { } value)
            {
                flags |= 1 << (15 - field);
                encoded.AddRange(field is 2 or 3 or 4 or 9 ? value : Wire.Short(value));
            }
        }

        return [(byte)(flags >> 8), (byte)flags, .. encoded];
    }
}
