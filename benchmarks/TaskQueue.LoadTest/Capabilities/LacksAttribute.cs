namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Says of a contender why it does not have a capability, for the table.</summary>
/// <typeparam name="TCapability">The capability's interface.</typeparam>
/// <param name="reason">Half a sentence.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class LacksAttribute<TCapability>(string reason) : LacksAttribute(typeof(TCapability), reason);

/// <summary>What all of them have.</summary>
internal abstract class LacksAttribute(Type capability, string reason) : Attribute
{
    public Type Capability { get; } = capability;

    public string Reason { get; } = reason;
}
