namespace TaskQueue.Pipeline;

/// <summary>One step of a task type's consume pipeline.</summary>
/// <param name="Name">Its name in print.</param>
/// <param name="Purpose">What it is there for, in one line.</param>
/// <param name="Middleware">What does it.</param>
internal sealed record ConsumeStep(string Name, string Purpose, IConsumeMiddleware Middleware);
