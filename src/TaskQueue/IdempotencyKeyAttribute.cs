namespace TaskQueue;

/// <summary>Marks the properties of a task record that make up its idempotency key when the publisher gives none.</summary>
/// <remarks>Several marked properties are joined by <c>:</c> in declaration order, each formatted invariantly
/// (<c>:</c> and <c>%</c> inside them as <c>%3A</c> and <c>%25</c>). A key of which no part is given is none. The key travels in
/// the header <c>tq-idempotency-key</c>.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IdempotencyKeyAttribute : Attribute;
