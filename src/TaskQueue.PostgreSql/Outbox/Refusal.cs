namespace TaskQueue.PostgreSql.Outbox;

/// <summary>A row that stays, since RabbitMQ did not take its task.</summary>
/// <param name="Id">The row's.</param>
/// <param name="Error">Why, and what to do about it.</param>
/// <param name="Delay">When it is tried again.</param>
internal sealed record Refusal(long Id, string Error, TimeSpan Delay);
