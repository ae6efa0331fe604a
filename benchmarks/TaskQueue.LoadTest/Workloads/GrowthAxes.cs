namespace TaskQueue.LoadTest.Workloads;

/// <summary>What there is more and more of.</summary>
internal static class GrowthAxes
{
    public const string TaskTypes = "task types";
    public const string Publishers = "publishers";
    public const string Body = "body";
    public const string Backlog = "backlog";
}
