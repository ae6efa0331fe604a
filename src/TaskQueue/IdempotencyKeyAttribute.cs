namespace TaskQueue;

/// <summary>Marks the properties of a task record that make up its idempotency key when the publisher gives none.</summary>
/// <remarks>Each property has the invariant text of its value: equal values have the same one (numbers of type <c>decimal</c> without trailing zeros, times in UTC with seven digits
/// of the second and no zone). Several are joined by <c>:</c> in declaration order, a base type's first, with <c>%</c> and <c>:</c> inside them as <c>%25</c> and <c>%3A</c>, and <c>%</c> alone for null.
/// Where all are null or empty there is no key, and the task id counts. The key travels in the header <c>tq-idempotency-key</c>.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IdempotencyKeyAttribute : Attribute;
