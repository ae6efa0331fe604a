namespace PhotoService.Tasks;

/// <summary>What came of one attempt at a task, as <c>GET /photos/{id}</c> shows it.</summary>
/// <param name="At">When the attempt ended.</param>
/// <param name="TaskType">The task type's name.</param>
/// <param name="TaskId">The task's id.</param>
/// <param name="Attempt">The attempt's number, from 1.</param>
/// <param name="Priority">The task's priority.</param>
/// <param name="DueAt">When the task became due, if it was delayed.</param>
/// <param name="Error">What went wrong, or <see langword="null"/> when all went well.</param>
public sealed record PhotoEvent(
    DateTimeOffset At, string TaskType, string TaskId, int Attempt, string Priority, DateTimeOffset? DueAt, string? Error);
