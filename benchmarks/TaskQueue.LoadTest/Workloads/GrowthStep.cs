namespace TaskQueue.LoadTest.Workloads;

/// <summary>One of the workloads that differ in how much there is of one thing: together they show how its cost grows.</summary>
/// <param name="Axis">What there is more of, such as <c>task types</c>.</param>
/// <param name="Amount">How much, in the axis's unit.</param>
/// <param name="Label">The same for the table.</param>
internal sealed record GrowthStep(string Axis, double Amount, string Label);
