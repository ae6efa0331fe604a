namespace TaskQueue.Pipeline;

/// <summary>Makes task ids: UUIDv7 (RFC 9562), which sort by time.</summary>
internal static class TaskIds
{
    public static string Create(DateTimeOffset now) => Guid.CreateVersion7(now).ToString();
}
