namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>One message as it stands on the wire.</summary>
/// <param name="Properties">Flags and properties of its content header.</param>
/// <param name="Body">The body.</param>
internal sealed record HostileMessage(byte[] Properties, byte[] Body);

/// <summary>Random messages that a broker lets through. One seed gives the same messages always, so a failure is repeated by its seed and number.</summary>
/// <param name="seed">Where the randomness begins.</param>
/// <param name="forBroker">Without what the broker itself would act on.</param>
internal sealed class HostileMessages
{
    public const string TaskType = "parcel";

    private readonly Random _random;
    private readonly HostileTables _tables;
    private readonly HostileProperties _properties;
    private readonly HostileBodies _bodies;

    public HostileMessages(int seed, bool forBroker = false)
    {
        _random = new Random(seed);
        _tables = new HostileTables(_random);
        _properties = new HostileProperties(_random, _tables, forBroker);
        _bodies = new HostileBodies(_random);
    }

    public HostileMessage Next()
    {
        var json = _random.Next(2) == 0;
        var headers = _random.Next(4) switch
        {
            0 => null,
            1 => _tables.OwnNumber(),
            _ => _tables.Next(),
        };
        return new HostileMessage(_properties.Next(TaskType, json ? "application/json" : "application/x-msgpack", headers), _bodies.Next(json));
    }
}
