namespace TaskQueue;

/// <summary>Marks the properties of a task record that make up its idempotency key when the publisher gives none.</summary>
/// <remarks>Each property has the invariant text of its value: an enum its number, a <c>decimal</c> none of its trailing zeros, a time seven digits of the second in UTC and no zone. A type of
/// the application's own has the text of its <see cref="IFormattable"/>, which must tell different values apart. Several are joined by <c>:</c> in declaration order, a base type's first, with
/// <c>%</c> and <c>:</c> inside them as <c>%25</c> and <c>%3A</c>, and <c>%</c> alone for null. Where all are null or an empty text there is no key, and the task id counts. The key travels in the header
/// <c>tq-idempotency-key</c>.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IdempotencyKeyAttribute : Attribute;
