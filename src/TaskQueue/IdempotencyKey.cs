namespace TaskQueue;

/// <summary>Names one effect: the same key of another task type is another effect.</summary>
/// <param name="TaskType">The task type's name, at most 200 bytes: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</param>
/// <param name="Value">The key: 1 to 200 bytes of UTF-8 without control characters. Longer ones, and those with control characters, reach a store as
/// <c>sha256:</c> and 64 hexadecimal digits.</param>
public readonly record struct IdempotencyKey(string TaskType, string Value);
