namespace TaskQueue.RabbitMq.Health;

/// <param name="State">How bad it is; never healthy.</param>
/// <param name="Text">What stands still, since when and why.</param>
internal readonly record struct HealthProblem(TaskQueueHealthState State, string Text);
